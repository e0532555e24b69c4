/**
 * One encrypted block a scope: what the search scans, so that opening the app decrypts a few blocks instead of every
 * row. A cache and nothing else: what is missing, damaged or of another version is not there, and what is older than
 * the rows says so, and is shown until it is made anew.
 */
import type { Boxes } from '../core/ports'
import { ROW_VERSION, type MetaRow, type Reader, type Store, type TableName } from '../core/store'
import { nextN } from '../core/sync/state'
import { blockKey } from '../core/sync/scopes'

/** By scope: what the rows were like when they were read. Another text: something changed. */
export type Stamps = Record<string, string>

interface Block {
  stamp: string
  part: unknown
}

export interface Kept {
  fresh: boolean
  parts: { scope: string; part: unknown }[]
}

const TABLES: TableName[] = ['cursors', 'outbox', 'journal', 'meta']

/** Rows change by a page (cursor), by a verdict (outbox, journal) and by what is typed (outbox, next number). */
async function stampsOf(tx: Reader): Promise<Stamps> {
  const own = [await nextN(tx), await tx.count('outbox'), await tx.count('journal')].join()
  const held = (await tx.range('cursors', 'key')).filter((row) => row.scope.startsWith('grid:'))
  return Object.fromEntries(held.map((row) => [row.scope, [row.state, row.cursor, row.live, row.digest, row.after, own].join()]))
}

/** Removes them all; the rows give them again. */
export async function dropBlocks(store: Store): Promise<void> {
  await store.write(['cursors', 'meta'], async (tx) => {
    const held = await tx.range('cursors', 'key')
    await tx.remove('meta', held.map((row) => blockKey(row.scope)))
  })
}

export class Blocks {
  constructor(
    private readonly store: Store,
    private readonly boxes: Boxes,
  ) {}

  /** Taken before the rows are read that a block is made of. */
  stamps(): Promise<Stamps> {
    return this.store.read(TABLES, stampsOf)
  }

  /** What is kept of the grids held. `fresh`: all of them are there and as the rows are now. */
  async read(version: number): Promise<Kept> {
    const { stamps, rows } = await this.store.read(TABLES, async (tx) => {
      const now = await stampsOf(tx)
      return { stamps: now, rows: await tx.getMany('meta', Object.keys(now).map(blockKey)) }
    })
    const scopes = Object.keys(stamps)
    const opened = await Promise.all(scopes.map((scope, at) => this.opened(scope, rows[at], version)))
    const fresh = opened.every((block, at) => block?.stamp === stamps[scopes[at]])
    return { fresh, parts: opened.flatMap((block, at) => (block ? { scope: scopes[at], part: block.part } : [])) }
  }

  private async opened(scope: string, row: MetaRow | undefined, version: number): Promise<Block | null> {
    if (!row?.box || row.n !== version) return null
    return this.boxes.open(blockKey(scope), row.box).catch(() => null) as Promise<Block | null>
  }

  /** Keeps what the rows gave at `stamps`, a part a scope; of scopes that are no longer held nothing is kept. */
  async keep(version: number, stamps: Stamps, partOf: (scope: string) => unknown): Promise<void> {
    const rows: MetaRow[] = []
    for (const [scope, stamp] of Object.entries(stamps)) {
      const block: Block = { stamp, part: partOf(scope) }
      const key = blockKey(scope)
      rows.push({ key, n: version, v: ROW_VERSION, box: await this.boxes.seal(key, block) })
    }
    await this.store.write(['cursors', 'meta'], async (tx) => {
      const held = await tx.getMany('cursors', Object.keys(stamps))
      await tx.put(
        'meta',
        rows.filter((_row, at) => held[at]),
      )
    })
  }
}
