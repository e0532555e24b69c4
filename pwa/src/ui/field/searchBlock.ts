/** The search's entries from one day to the next: taken from their blocks at a start, kept when all is quiet. */
import type { Workspace } from '@/services/workspace'
import type { HouseholdEntry } from './corpus'

/** Goes up whenever an entry is made differently. */
const SHAPE = 1
/** Without a commit for so long the blocks are written: they are large, and a first load is many commits. */
const QUIET_MS = 10_000
/** By then the word of every commit that the stamps know has come. */
const WORD_MS = 3_000

export async function keptEntries(work: Workspace): Promise<HouseholdEntry[] | null> {
  return (await work.blocks.read(SHAPE).catch(() => null)) as HouseholdEntry[] | null
}

/** Keeps what `entries` gives (null: not all is read yet) some time after the last call of `soon`. */
export function blockKeeper(work: () => Workspace | null, entries: () => HouseholdEntry[] | null) {
  let timer = 0
  let turn = 0

  function soon(): void {
    turn++
    window.clearTimeout(timer)
    timer = window.setTimeout(() => void keep().catch(() => undefined), QUIET_MS)
  }

  async function keep(): Promise<void> {
    const [mine, from] = [turn, work()]
    if (!from) return
    const stamps = await from.blocks.stamps()
    await new Promise((go) => window.setTimeout(go, WORD_MS))
    const all = entries()
    if (mine === turn && from === work() && all) await from.blocks.keep(SHAPE, stamps, all)
  }
  return { soon }
}
