/**
 * The households of this phone, ready to be searched: read once after start, kept fresh by commits.
 * Addresses come first, names follow as they are decrypted, so that the list is there at once.
 */
import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import type { Notice, RecordView, Workspace } from '@/services/workspace'
import { byAddress } from './address'
import { empty, entriesOf, put, readHeld, TYPES, type Held, type HouseholdEntry } from './corpus'
import { keptEntries, blockKeeper } from './searchBlock'
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
  const later = calmly()
  const keeper = blockKeeper(() => session.work, () => (loaded.value ? entries.value : null))

  async function load(work: Workspace): Promise<void> {
    clear()
    const mine = turn
    const kept = await keptEntries(work)
    if (kept && mine === turn) entries.value = kept.sort(byAddress)
    if (!(await readHeld(work, held, () => mine === turn, kept ? showBuildings : rebuild))) return
    rebuild()
    loaded.value = true
    keeper.soon()
  }

  async function follow(notice: Notice): Promise<void> {
    keeper.soon()
    if (!session.work || !TYPES.some((type) => notice.types.includes(type))) return
    const whole = notice.records.length === 0 || notice.records.length > MANY
    if (!whole) await putAll(session.work, held, notice.records)
    const reload = whole || !loaded.value
    later(reload ? 10 * CALM_MS : CALM_MS, () => (reload && session.work ? void load(session.work) : rebuild()))
  }

  function clear(): void {
    turn++
    loaded.value = false
    held = empty()
    rebuild()
  }

  function rebuild(): void {
    entries.value = entriesOf(held)
    showBuildings()
  }

  function showBuildings(): void {
    buildings.value = [...held.building.values()].sort(byAddress)
  }

  session.onNotice((notice) => void follow(notice))
  watch(() => session.work, (work) => (work ? void load(work) : clear()), { immediate: true })
  return { entries, buildings, loaded }
})

/** Many commits in a row (a first load) are met once. */
function calmly(): (ms: number, meet: () => void) => void {
  let waiting = 0
  return (ms, meet) => {
    window.clearTimeout(waiting)
    waiting = window.setTimeout(meet, ms)
  }
}

/** Puts these records as they are now; one that is gone is left out. */
async function putAll(work: Workspace, held: Held, ids: string[]): Promise<void> {
  const views = new Map((await work.views(ids)).map((view) => [view.id, view]))
  for (const id of ids) put(held, id, views.get(id))
}
