/** The outbox as the push loop reads it: batches of whole groups, oldest first. */
import type { Change, Draft } from '../change'
import type { Boxes } from '../ports'
import type { OutboxRow } from '../store'
import { utf8Length } from '../validate'
import { envelopeOf, outlineOf } from './handin'
import type { Run } from './run'

/** Refusals of a change alone, or of a group, before it is handed to quarantine. */
export const TRIES = 3

export interface Item {
  row: OutboxRow
  change: Change
}

/**
 * Opens boxes; the number comes from the row, so that renumbering never touches a box. Of a change whose key was
 * given up there is an outline.
 */
export async function openItems(boxes: Boxes, rows: OutboxRow[]): Promise<Item[]> {
  return Promise.all(
    rows.map(async (row) => {
      if (row.opaque) return { row, change: outlineOf(row) }
      const kept = (await boxes.open(`outbox:${row.id}`, row.box)) as Draft
      return { row, change: { ...kept, n: row.n } }
    }),
  )
}

/** As it goes on the wire. */
export const wireOf = (item: Item): unknown => (item.row.opaque ? envelopeOf(item.row) : item.change)

/** Rows cut into groups (a change alone is a group of one), in order. */
function groupsOf(rows: OutboxRow[]): OutboxRow[][] {
  const groups: OutboxRow[][] = []
  for (const row of rows) {
    const last = groups[groups.length - 1]
    if (last && row.group !== '' && last[0].group === row.group) last.push(row)
    else groups.push([row])
  }
  return groups
}

export interface Batch {
  rows: OutboxRow[]
  /** Number of groups; 1 cannot be halved. */
  groups: number
}

/**
 * The next whole groups, at most `changes` and `bytes` together, at least one group. A group larger than
 * a batch travels alone.
 */
export async function nextBatch(run: Run, changes: number, bytes: number): Promise<Batch> {
  const limit = Math.max(changes, 1) + 200 // room for the rest of a group
  const rows = await run.ground.store.read(['outbox'], (tx) => tx.range('outbox', 'n', { limit }))
  const groups = groupsOf(rows)
  if (rows.length === limit && groups.length > 1) groups.pop() // its end may lie beyond what was read
  return fill(groups, changes, bytes, (row) => row.bytes)
}

/** The same of rows that are all here, each of the size that `sizeOf` says. */
export const nextBatchOf = (rows: OutboxRow[], changes: number, bytes: number, sizeOf: (row: OutboxRow) => number): Batch =>
  fill(groupsOf(rows), changes, bytes, sizeOf)

function fill(groups: OutboxRow[][], changes: number, bytes: number, sizeOf: (row: OutboxRow) => number): Batch {
  const batch: Batch = { rows: [], groups: 0 }
  let size = 0
  for (const group of groups) {
    const weight = group.reduce((sum, row) => sum + sizeOf(row) + 1, 0)
    if (batch.groups && (batch.rows.length + group.length > changes || size + weight > bytes)) break
    batch.rows.push(...group)
    batch.groups += 1
    size += weight
  }
  return batch
}

/** Marks rows as offered before they leave: from here on the server may have them. */
export async function markOffered(run: Run, rows: OutboxRow[]): Promise<void> {
  const fresh = rows.filter((row) => !row.offered).map((row) => row.id)
  if (!fresh.length) return
  await run.ground.store.write(['outbox'], async (tx) => {
    const found = await tx.getMany('outbox', fresh)
    await tx.put(
      'outbox',
      found.flatMap((row) => (row ? [{ ...row, offered: 1 as const }] : [])),
    )
  })
}

/** Counts one more refusal; answers how often it was. */
export async function countTry(run: Run, rows: OutboxRow[]): Promise<number> {
  return run.ground.store.write(['outbox'], async (tx) => {
    const found = (
      await tx.getMany(
        'outbox',
        rows.map((row) => row.id),
      )
    ).flatMap((row) => (row ? [row] : []))
    await tx.put(
      'outbox',
      found.map((row) => ({ ...row, tries: row.tries + 1 })),
    )
    return Math.max(0, ...found.map((row) => row.tries + 1))
  })
}

/** Size of a change on the wire, UTF-8 bytes, with room for its number. */
export const wireBytes = (change: Draft): number => utf8Length(JSON.stringify(change)) + 16
