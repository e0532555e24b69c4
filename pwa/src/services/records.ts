/** Reading records as a person sees them: the server's copy, own unsent changes over it, marks beside it. */
import type { Catalog } from '../core/catalog'
import type { LiveRow, Value, Values } from '../core/change'
import { overlay } from '../core/overlay'
import type { BaseRow, OutboxRow, Reader, Store } from '../core/store'
import type { Boxes } from '../core/ports'
import { openItems, type Item } from '../core/sync/outbox'
import { isObject } from '../core/sync/faults'
import { openRow, refsOf } from '../core/sync/rows'
import type { ConflictSide, FieldMark, ListQuery, RecordView } from './workspace'

/** Rows a page of a bulk read: decrypting in pages is several times faster than one by one. */
const PAGE = 200

export interface Source {
  store: Store
  boxes: Boxes
  catalog(): Catalog | null
}

interface Dispute {
  id: string
  data: Values
}

type Person = { id: string; name?: string } | null

const grouped = <T>(items: T[], keyOf: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

const openPending = async (source: Source, rows: OutboxRow[]): Promise<Map<string, Item[]>> =>
  grouped(
    await openItems(
      source.boxes,
      rows.filter((row) => !row.opaque), // what it says cannot be shown any more; the sync page lists it
    ),
    (item) => item.row.record,
  )

/** Open conflicts by the record they speak of; few, so all are read. */
const disputes = (tx: Reader): Promise<BaseRow[]> => tx.range('base', 'status', { is: ['conflict', 'open'] })

async function openDisputes(source: Source, rows: BaseRow[]): Promise<Map<string, Dispute[]>> {
  const opened = await Promise.all(rows.map((row) => openRow(source.boxes, row)))
  return grouped(
    opened.map(({ id, data }) => ({ id, data })),
    (one) => String(one.data.record),
  )
}

/** The wire names people by id; a name may come beside it. */
const personOf = (by: unknown): Person => (typeof by === 'string' ? { id: by } : ((by as Person | undefined) ?? null))

const side = (value: Value | undefined): ConflictSide =>
  isObject(value) ? ({ ...value, by: personOf(value.by) } as ConflictSide) : { value: null, by: null, at: null }

function conflictMark(dispute: Dispute): FieldMark {
  const { base, current, incoming } = dispute.data
  const theirs = side(incoming) as ConflictSide & { change: string }
  return {
    state: 'conflict',
    conflict: { id: dispute.id, base: base ?? null, current: side(current), incoming: theirs },
  }
}

interface Parts {
  pending: Item[]
  disputes: Dispute[]
}

function viewOf(catalog: Catalog | null, id: string, row: LiveRow | null, parts: Parts): RecordView | null {
  const first = parts.pending[0]?.change
  const type = row?.type ?? first?.type
  if (!type || (!row && !parts.pending.some((item) => item.change.op === 'create'))) return null
  const laid = overlay(
    row,
    parts.pending.map((item) => item.change),
    catalog,
  )
  const marks: Record<string, FieldMark> = {}
  for (const [name, server] of Object.entries(laid.unsent)) marks[name] = { state: 'unsent', server }
  const ofFields = parts.disputes.filter((one) => typeof one.data.field === 'string' && one.data.kind === 'field')
  for (const one of ofFields) {
    const name = String(one.data.field)
    marks[name] = { ...(marks[name] ?? {}), ...conflictMark(one) }
  }
  return {
    id,
    type,
    scope: row?.scope ?? (first?.scope as string),
    rev: row?.rev ?? null,
    ver: row?.ver ?? 0,
    live: laid.live,
    data: laid.data,
    marks,
    unsent: parts.pending.map((item) => item.change.id),
    queued: laid.queued,
    disputes: parts.disputes.filter((one) => !ofFields.includes(one)).map((one) => one.id),
    at: row?.at || null,
    at_device: row?.at_device ?? null,
    by: personOf(row?.by),
  }
}

async function assemble(
  source: Source,
  rows: BaseRow[],
  pending: Map<string, Item[]>,
  open: Map<string, Dispute[]>,
): Promise<RecordView[]> {
  const opened = await Promise.all(rows.map((row) => openRow(source.boxes, row)))
  const parts = (id: string): Parts => ({ pending: pending.get(id) ?? [], disputes: open.get(id) ?? [] })
  return opened.flatMap((row) => viewOf(source.catalog(), row.id, row, parts(row.id)) ?? [])
}

/** Records that exist here only: made on this phone, not sent yet. */
function unborn(
  source: Source,
  pending: Map<string, Item[]>,
  known: Set<string>,
  open: Map<string, Dispute[]>,
): RecordView[] {
  const made = [...pending.entries()].filter(([id]) => !known.has(id))
  return made.flatMap(
    ([id, items]) => viewOf(source.catalog(), id, null, { pending: items, disputes: open.get(id) ?? [] }) ?? [],
  )
}

/** Unsent changes of these records; for many records one look at the whole queue is cheaper. */
async function waitingFor(tx: Reader, ids: string[]): Promise<OutboxRow[]> {
  const all = await tx.count('outbox')
  if (!all) return []
  if (ids.length > 20) {
    const asked = new Set(ids)
    return (await tx.range('outbox', 'n')).filter((row) => asked.has(row.record))
  }
  const own: OutboxRow[] = []
  for (const id of ids) own.push(...(await tx.range('outbox', 'record', { is: [id] })))
  return own
}

/** In the order asked; ids without a record are left out. */
export async function readViews(source: Source, ids: string[]): Promise<RecordView[]> {
  const [rows, waiting, conflicts] = await source.store.read(['base', 'outbox'], async (tx) => {
    return [await tx.getMany('base', ids), await waitingFor(tx, ids), await disputes(tx)] as const
  })
  const pending = await openPending(source, waiting)
  const open = await openDisputes(source, conflicts)
  const found = rows.filter((row): row is BaseRow => row !== undefined)
  const views = [...(await assemble(source, found, pending, open))]
  views.push(...unborn(source, pending, new Set(found.map((row) => row.id)), open))
  const byId = new Map(views.map((view) => [view.id, view]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

async function candidates(tx: Reader, type: string, query: ListQuery, waiting: OutboxRow[]): Promise<BaseRow[]> {
  if (query.parent === undefined) return tx.range('base', 'type', { is: [type] })
  const pointing = (await tx.range('base', 'ref', { is: [query.parent] })).filter((row) => row.type === type)
  // an unsent change may have pointed another record here
  const others = [...new Set(waiting.map((row) => row.record))].filter((id) => !pointing.some((row) => row.id === id))
  const touched = await tx.getMany('base', others)
  return [...pointing, ...touched.flatMap((row) => (row && row.type === type ? [row] : []))]
}

export async function listViews(source: Source, type: string, query: ListQuery): Promise<RecordView[]> {
  const [rows, waiting, conflicts] = await source.store.read(['base', 'outbox'], async (tx) => {
    const own = await tx.range('outbox', 'type', { is: [type] })
    return [await candidates(tx, type, query, own), own, await disputes(tx)] as const
  })
  const pending = await openPending(source, waiting)
  const open = await openDisputes(source, conflicts)
  const views = await assemble(source, rows, pending, open)
  views.push(...unborn(source, pending, new Set(rows.map((row) => row.id)), open))
  const { scope, parent, deleted } = query
  const fits = (view: RecordView): boolean =>
    (deleted || view.live) &&
    (scope === undefined || view.scope === scope) &&
    (parent === undefined || refsOf(type, view.data, source.catalog()).includes(parent))
  return views.filter(fits).sort((one, other) => (one.id < other.id ? -1 : 1))
}

/** All live records of a type in pages; number of views handed on. */
export async function readAllViews(
  source: Source,
  type: string,
  onPage: (views: RecordView[]) => void,
): Promise<number> {
  const [waiting, conflicts] = await source.store.read(
    ['base', 'outbox'],
    async (tx) => [await tx.range('outbox', 'type', { is: [type] }), await disputes(tx)] as const,
  )
  const pending = await openPending(source, waiting)
  const open = await openDisputes(source, conflicts)
  const seen = new Set<string>()
  let after: string | undefined
  let count = 0
  const hand = (views: RecordView[]): void => {
    const live = views.filter((view) => view.live)
    count += live.length
    if (live.length) onPage(live)
  }
  for (;;) {
    const rows = await source.store.read(['base'], (tx) => tx.range('base', 'type', { is: [type], after, limit: PAGE }))
    rows.forEach((row) => seen.add(row.id))
    hand(await assemble(source, rows, pending, open))
    if (rows.length < PAGE) break
    after = rows[rows.length - 1].id
  }
  hand(unborn(source, pending, seen, open))
  return count
}
