/** The sync page's list: every change of this phone and what became of it. */
import type { Change, Verdict, VerdictStatus } from '../core/change'
import { fieldsOf } from '../core/drafts'
import type { BaseRow, JournalRow, OutboxRow } from '../core/store'
import { openItems } from '../core/sync/outbox'
import { openRow } from '../core/sync/rows'
import type { Source } from './records'
import type { ChangeItem, ItemState } from './workspace'

const STATES: Record<VerdictStatus, ItemState> = {
  applied: 'sent',
  merged: 'merged',
  conflict: 'conflict',
  parked: 'parked',
  quarantined: 'quarantined',
}

function itemOf(
  row: OutboxRow | JournalRow,
  change: Change,
): Omit<ChangeItem, 'state' | 'reason' | 'message' | 'verdict' | 'undoable' | 'tries' | 'bytes'> {
  const { n, record, type, scope, at } = row
  const touched = { fields: fieldsOf(change), action: change.transition?.action ?? null }
  return { change: row.id, n, op: change.op, type, record, scope, group: row.group || null, at, ...touched }
}

/** Unsent, oldest first. */
export async function outboxItems(source: Source): Promise<ChangeItem[]> {
  const rows = await source.store.read(['outbox'], (tx) => tx.range('outbox', 'n'))
  const items = await openItems(source.boxes, rows)
  return items.map(({ row, change }) => {
    const waiting = { state: 'unsent' as const, reason: null, message: null, verdict: null }
    return { ...itemOf(row, change), ...waiting, undoable: !row.offered, tries: row.tries, bytes: row.bytes }
  })
}

interface Kept {
  change: Change
  verdict: Verdict
}

/** The office's last word on a change, if it said one after the verdict. */
async function followUp(source: Source, rows: BaseRow[]): Promise<{ status: string; reason: string | null } | null> {
  const opened = await Promise.all(
    rows.filter((row) => row.type === 'followup').map((row) => openRow(source.boxes, row)),
  )
  opened.sort((one, other) => (String(one.data.at) < String(other.data.at) ? -1 : 1))
  const last = opened.pop()?.data
  return last ? { status: String(last.status), reason: (last.reason as string | null) ?? null } : null
}

/** `settled` with the office's choice as reason, or a new verdict. */
function lastWord(later: { status: string; reason: string | null }): { state: ItemState; reason: string | null } {
  if (later.status in STATES) return { state: STATES[later.status as VerdictStatus], reason: later.reason }
  return { state: 'merged', reason: `settled_${later.reason ?? 'same'}` }
}

async function journalItem(source: Source, row: JournalRow, pointing: BaseRow[]): Promise<ChangeItem> {
  const { change, verdict } = (await source.boxes.open(`journal:${row.id}`, row.box)) as Kept
  const later = await followUp(source, pointing)
  const newest = later ? lastWord(later) : { state: STATES[verdict.status], reason: verdict.reason ?? null }
  const said = { ...newest, message: later ? null : (verdict.message ?? null), verdict: verdict.status }
  return { ...itemOf(row, change), ...said, undoable: false, tries: 0, bytes: 0 }
}

/** With a verdict, newest first. `limit` (default 200) counts rows looked at. */
export async function journalItems(
  source: Source,
  query: { state?: ItemState; limit?: number; record?: string },
): Promise<ChangeItem[]> {
  const limit = query.limit ?? 200
  const found = await source.store.read(['journal', 'base'], async (tx) => {
    const rows =
      query.record === undefined
        ? await tx.range('journal', 'acked', { limit, backwards: true })
        : await tx.range('journal', 'record', { is: [query.record], limit, backwards: true })
    const pairs: [JournalRow, BaseRow[]][] = []
    for (const row of rows) pairs.push([row, await tx.range('base', 'ref', { is: [row.id] })])
    return pairs
  })
  const items = await Promise.all(found.map(([row, pointing]) => journalItem(source, row, pointing)))
  return query.state === undefined ? items : items.filter((item) => item.state === query.state)
}
