/**
 * The households of this phone, ready to be searched: read once after start, kept fresh by commits.
 * Addresses come first, names follow as they are decrypted, so that the list is there at once.
 */
import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import type { Notice, RecordView, Workspace } from '@/services/workspace'
import { byAddress } from './address'
import { empty, entriesOf, put, readHeld, TYPES, type HouseholdEntry } from './corpus'
import { useSession } from './session'

const MANY = 500
const CALM_MS = 150

export const useRegister = defineStore('register', () => {
  const session = useSession()
  const entries = shallowRef<HouseholdEntry[]>([])
  const buildings = shallowRef<RecordView[]>([])
  const loaded = shallowRef(false)
  let held = empty()
  let turn = 0
  let waiting = 0

  async function load(work: Workspace): Promise<void> {
    const mine = ++turn
    loaded.value = false
    held = empty()
    entries.value = []
    if (await readHeld(work, held, () => mine === turn, rebuild)) loaded.value = true
  }

  async function follow(notice: Notice): Promise<void> {
    if (!session.work || !TYPES.some((type) => notice.types.includes(type))) return
    const whole = notice.records.length === 0 || notice.records.length > MANY
    if (!whole) {
      const views = new Map((await session.work.views(notice.records)).map((view) => [view.id, view]))
      for (const id of notice.records) put(held, id, views.get(id))
    }
    later(whole)
  }

  /** Many commits in a row (a first load) are met once. */
  function later(whole: boolean): void {
    window.clearTimeout(waiting)
    const reload = whole || !loaded.value
    waiting = window.setTimeout(() => (reload && session.work ? void load(session.work) : rebuild()), reload ? 10 * CALM_MS : CALM_MS)
  }

  function clear(): void {
    turn++
    held = empty()
    rebuild()
  }

  function rebuild(): void {
    entries.value = entriesOf(held)
    buildings.value = [...held.building.values()].sort(byAddress)
  }

  session.onNotice((notice) => void follow(notice))
  watch(() => session.work, (work) => (work ? void load(work) : clear()), { immediate: true })
  return { entries, buildings, loaded }
})
