/**
 * Rows from before the PIN, brought under its key in pages. Each page is one transaction that takes only what did not
 * change since it was read; it may stop anywhere and begin again, and until it is through both keys open. Of a photo
 * only its row and its small picture: its file lies under a key of its own, which the row holds.
 */
import { formRows } from '../core/forms'
import type { Ring } from '../core/ring'
import type { FileRow, Key, PhotoRow, Store, TableName, Tables } from '../core/store'
import { sameBytes } from '../core/sync/handin'
import { dropBlocks } from './blocks'

const PAGE = 120
const TABLES = ['outbox', 'journal', 'base', 'photos'] as const

/** A row with a box: where it lies, and what its box is sealed for. */
interface Lying {
  table: TableName
  key: Key
  about: string
  row: { box: Uint8Array }
  /** Bytes as they are, no JSON. */
  raw?: true
}

/** `going` false ends it early; true when everything was brought over. */
export async function reseal(store: Store, ring: Ring, going: () => boolean): Promise<boolean> {
  await dropBlocks(store) // one may have been kept while the PIN was set
  const forms = await store.read(['meta'], formRows)
  await bring(store, ring, forms.map((row): Lying => ({ table: 'meta', key: row.key, about: row.key, row: { box: row.box! } })))
  for (const table of TABLES) {
    for await (const rows of table === 'base' ? records(store) : walk(store, table, 'key')) {
      if (!going() || ring.locked) return false
      const lying = table === 'photos' ? await pictures(store, rows as PhotoRow[]) : rows.map((row): Lying => ({ table, key: row.id, about: `${table}:${row.id}`, row }))
      await bring(store, ring, lying.filter(({ row }) => row.box.length))
    }
  }
  return true
}

type Row = Tables[(typeof TABLES)[number]]

async function* walk(store: Store, table: (typeof TABLES)[number], index: 'key' | 'type', is: string[] = []): AsyncGenerator<Row[]> {
  for (let after = ''; ; ) {
    const rows: Row[] = await store.read([table], (tx) => tx.range(table, index as 'key', { is, after, limit: PAGE }))
    yield rows
    if (rows.length < PAGE) return
    after = rows[rows.length - 1].id
  }
}

/** Type by type, as the store keeps them together: by id alone each of its pages would be written four times. */
async function* records(store: Store): AsyncGenerator<Row[]> {
  for (let type = ''; ; ) {
    const [next] = await store.read(['base'], (tx) => tx.range('base', 'type', { after: type, limit: 1 }))
    if (!next) return
    type = next.type
    yield* walk(store, 'base', 'type', [type])
  }
}

async function pictures(store: Store, rows: PhotoRow[]): Promise<Lying[]> {
  const sealed = rows.filter((row) => row.sealed)
  const small = await store.read(['files'], (tx) => tx.getMany('files', sealed.map((row): Key => [row.id, 'thumb'])))
  const thumbs = small.filter((file): file is FileRow => file !== undefined)
  return [
    ...sealed.map((row): Lying => ({ table: 'photos', key: row.id, about: `picture:${row.id}`, row })),
    ...thumbs.map((row): Lying => ({ table: 'files', key: [row.id, row.kind], about: `picture:${row.id}:thumb`, row, raw: true })),
  ]
}

async function bring(store: Store, ring: Ring, lying: Lying[]): Promise<void> {
  const boxes = await Promise.all(lying.map((one) => anew(ring, one).catch(() => null))) // damaged before: it stays as it is
  const made = lying.flatMap((one, at) => (boxes[at] ? { ...one, box: boxes[at] } : []))
  const tables = [...new Set(made.map((one) => one.table))]
  if (!tables.length) return
  await store.write(tables, async (tx) => {
    for (const table of tables) {
      const own = made.filter((one) => one.table === table)
      const now = (await tx.getMany(table, own.map((one) => one.key))) as ({ box: Uint8Array } | undefined)[]
      const same = own.flatMap(({ row, box }, at) => (now[at] && sameBytes(now[at].box, row.box) ? [{ ...now[at], box }] : []))
      await tx.put(table, same as never)
    }
  })
}

const anew = async (ring: Ring, { about, row, raw }: Lying): Promise<Uint8Array> =>
  raw ? ring.sealBytes(about, await ring.openBytes(about, row.box)) : ring.seal(about, await ring.open(about, row.box))
