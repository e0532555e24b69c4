/** The search's entries from one day to the next: taken from their blocks at a start, kept when all is quiet. */
import { watch, type ShallowRef } from 'vue'
import type { Notice, Workspace } from '@/services/workspace'
import { byOrder, type HouseholdEntry, type Initials } from './corpus'
import { readEntries } from './corpusReading'
import { pack, unpack, type Packed } from './packing'

/** Goes up whenever an entry is made or packed differently. */
export const SHAPE = 2
/** Without a commit for so long the blocks are written: they are large, and a first load is many commits. */
const QUIET_MS = 10_000
/** By then the word of every commit that the stamps know has come. */
const WORD_MS = 2_000

/**
 * From the blocks; where they are older than the rows they are shown until all is read anew. false when another
 * reading took over meanwhile.
 */
export async function allEntries(work: Workspace, initials: () => Promise<Initials>, current: () => boolean, show: (entries: HouseholdEntry[]) => void): Promise<boolean> {
  const kept = await work.blocks.read(SHAPE).catch(() => ({ fresh: false, parts: [] }))
  if (!current()) return false
  const entries = kept.parts.flatMap(({ scope, part }) => unpack(scope, part as Packed))
  if (entries.length) show(kept.parts.length > 1 ? entries.sort(byOrder) : entries)
  return kept.fresh || readEntries(work, await initials(), current, show, entries.length === 0)
}

interface Session {
  work: Workspace | null
  onNotice(listener: (notice: Notice) => void): () => void
}

/** Keeps the entries some time after the last commit, once they are all there. `behind`: commits are not in them yet. */
export function keepBlocks(session: Session, entries: ShallowRef<HouseholdEntry[]>, loaded: ShallowRef<boolean>, behind: () => boolean): void {
  let timer = 0
  let turn = 0

  function soon(): void {
    turn++
    window.clearTimeout(timer)
    timer = window.setTimeout(() => void keep().catch(() => undefined), QUIET_MS)
  }

  async function keep(): Promise<void> {
    window.clearTimeout(timer)
    timer = 0
    const [mine, work] = [turn, session.work]
    if (!work || !loaded.value) return
    if (behind()) return soon()
    const stamps = await work.blocks.stamps()
    await new Promise((go) => window.setTimeout(go, WORD_MS))
    if (behind()) return soon()
    if (mine === turn && work === session.work && loaded.value) await work.blocks.keep(SHAPE, stamps, (scope) => pack(entries.value.filter((one) => one.scope === scope)))
  }

  session.onNotice(soon)
  // the phone goes into the pocket: it may not come back to this page
  document.addEventListener('visibilitychange', () => {
    if (document.hidden && timer) void keep().catch(() => undefined)
  })
  watch(loaded, soon)
}
