/** Taking back what was never offered to the server, without leaving a gap in the numbers. */
import type { Draft } from '../core/change'
import { unbound } from '../core/photos/binding'
import { removePhotos } from '../core/photos/keeping'
import type { OutboxRow, Writing } from '../core/store'
import { nextN, setNextN, type Ground } from '../core/sync/state'
import { WorkspaceProblem } from './workspace'

/** Members of the change's group, or the change alone. */
async function together(tx: Writing, change: string): Promise<OutboxRow[]> {
  const row = await tx.get('outbox', change)
  if (!row) throw new WorkspaceProblem('already_sent')
  if (!row.group) return [row]
  return (await tx.range('outbox', 'n')).filter((other) => other.group === row.group)
}

/** Whether a later change speaks of the record, in itself or by naming it. */
const buildsOn = (later: Draft, records: Set<string>): boolean => {
  if (records.has(later.record)) return true
  const named = Object.values(later.set ?? {}).map((patch) => patch.to)
  return named.some((to) => typeof to === 'string' && records.has(to))
}

/** Removes the change (or its group); later numbers close up. Resolves to the rows taken back. */
export async function undo(ground: Ground, change: string): Promise<OutboxRow[]> {
  // boxes are opened outside the transaction; the transaction checks that nothing moved meanwhile
  const rows = await ground.store.read(['outbox'], (tx) => tx.range('outbox', 'n'))
  const drafts = new Map<string, Draft>()
  for (const row of rows.filter((one) => !one.opaque))
    drafts.set(row.id, (await ground.boxes.open(`outbox:${row.id}`, row.box)) as Draft)
  return ground.store.write(['outbox', 'meta', 'photos', 'files'], async (tx) => {
    const gone = await together(tx, change)
    const last = Math.max(...gone.map((row) => row.n))
    const later = await tx.range('outbox', 'n', { after: last })
    if ([...gone, ...later].some((row) => row.offered)) throw new WorkspaceProblem('already_sent')
    const records = new Set(gone.map((row) => row.record))
    const follows = (row: OutboxRow): boolean => {
      const made = drafts.get(row.id)
      return !made || buildsOn(made, records)
    }
    if (later.some(follows)) throw new WorkspaceProblem('later_changes')
    await tx.remove(
      'outbox',
      gone.map((row) => row.id),
    )
    await tx.put(
      'outbox',
      later.map((row) => ({ ...row, n: row.n - gone.length })),
    )
    await setNextN(tx, (await nextN(tx)) - gone.length)
    const made = gone.flatMap((row) => drafts.get(row.id) ?? [])
    await removePhotos(tx, await unbound(tx, made))
    return gone
  })
}
