/** The search's entries from one day to the next: taken from their blocks at a start, kept when all is quiet. */
import { watch, type ShallowRef } from 'vue'
import type { Notice, Workspace } from '@/services/workspace'
import { byOrder, type HouseholdEntry, type Initials } from './corpus'
import { readEntries } from './corpusReading'

/** Goes up whenever an entry is made differently. */
const SHAPE = 1
/** Without a commit for so long the blocks are written: they are large, and a first load is many commits. */
const QUIET_MS = 10_000
/** By then the word of every commit that the stamps know has come. */
const WORD_MS = 3_000

/** From the blocks where they are right, else read anew; false when another reading took over meanwhile. */
export async function allEntries(work: Workspace, initials: () => Promise<Initials>, current: () => boolean, show: (entries: HouseholdEntry[]) => void): Promise<boolean> {
  const kept = (await work.blocks.read(SHAPE).catch(() => null)) as HouseholdEntry[] | null
  if (!current()) return false
  if (!kept) return readEntries(work, await initials(), current, show)
  show(kept.sort(byOrder))
  return true
}

interface Session {
  work: Workspace | null
  onNotice(listener: (notice: Notice) => void): () => void
}

/** Keeps the entries some time after the last commit, once they are all there. */
export function keepBlocks(session: Session, entries: ShallowRef<HouseholdEntry[]>, loaded: ShallowRef<boolean>): void {
  let timer = 0
  let turn = 0

  function soon(): void {
    turn++
    window.clearTimeout(timer)
    timer = window.setTimeout(() => void keep().catch(() => undefined), QUIET_MS)
  }

  async function keep(): Promise<void> {
    const [mine, work] = [turn, session.work]
    if (!work || !loaded.value) return
    const stamps = await work.blocks.stamps()
    await new Promise((go) => window.setTimeout(go, WORD_MS))
    if (mine === turn && work === session.work && loaded.value) await work.blocks.keep(SHAPE, stamps, entries.value)
  }

  session.onNotice(soon)
  watch(loaded, soon)
}
