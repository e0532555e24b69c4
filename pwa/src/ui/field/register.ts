/**
 * The households of this phone, ready to be searched: read once after start, kept fresh by commits.
 * Addresses come first, names follow as they are decrypted, so that the list is there at once.
 */
import { defineStore } from 'pinia'
import { computed, shallowRef, watch, type ShallowRef } from 'vue'
import type { RecordView, Workspace } from '@/services/workspace'
import { byAddress } from './address'
import { replaced, TYPES, type HouseholdEntry } from './corpus'
import { readSome, touchedBy } from './corpusReading'
import { Gathered } from './gathered'
import { allEntries, keepBlocks } from './searchBlock'
import { useSession } from './session'

/** The table of first letters comes with the search, not with the first screen. */
const initials = () => import('./initials').then((module) => module.initialsOf)

const sortedBuildings = async (work: Workspace): Promise<RecordView[]> => (await work.list('building')).sort(byAddress)

/** Whoever moved out is shown and not counted, neither in all nor in a building. */
const livingOf = (entries: ShallowRef<HouseholdEntry[]>) => computed(() => entries.value.filter((entry) => !entry.movedOut))

/** What commits made of the entries they concern; `known`: the buildings, where any of them changed. */
async function read(work: Workspace, entries: readonly HouseholdEntry[], { records, types }: ReturnType<Gathered['take']>) {
  const known = types.includes('building') ? await sortedBuildings(work) : null
  const ids = await touchedBy(work, entries, records)
  return { known, ids, made: await readSome(work, await initials(), ids) }
}

export const useRegister = defineStore('register', () => {
  const session = useSession()
  const entries = shallowRef<HouseholdEntry[]>([])
  const buildings = shallowRef<RecordView[]>([])
  const loaded = shallowRef(false)
  const gathered = new Gathered(meet)
  let updating: Promise<void> = Promise.resolve()
  let turn = 0
  let unmet = 0

  async function load(work: Workspace): Promise<void> {
    const mine = ++turn
    gathered.clear()
    loaded.value = false
    const current = (): boolean => mine === turn
    const known = sortedBuildings(work).then((found) => current() && (buildings.value = found))
    if (!(await allEntries(work, initials, current, (found) => (entries.value = found)))) return
    await known
    loaded.value = true
    meet() // what came while all was read
  }

  function meet(): void {
    const { work } = session
    if (!work || !gathered.waiting) return
    if (gathered.whole) return void load(work)
    if (!loaded.value) return
    unmet++
    updating = updating.then(() => update(work)).catch(console.error).finally(() => unmet--)
  }

  async function update(work: Workspace): Promise<void> {
    const mine = turn
    const { known, ids, made } = await read(work, entries.value, gathered.take())
    if (mine !== turn) return
    if (known) buildings.value = known
    if (ids.size) entries.value = replaced(entries.value, ids, made)
  }

  keepBlocks(session, entries, loaded, () => unmet > 0 || gathered.waiting)
  session.onNotice((notice) => {
    if (TYPES.some((type) => notice.types.includes(type))) gathered.add(notice)
  })
  watch(() => session.work, (work) => {
    turn++
    entries.value = buildings.value = []
    if (work) void load(work)
  }, { immediate: true })
  return { entries, living: livingOf(entries), buildings, loaded }
})
