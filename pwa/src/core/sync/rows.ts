/** Between rows of the wire and rows of the store. */
import type { Catalog } from '../catalog'
import type { LiveRow, Values } from '../change'
import type { Boxes } from '../ports'
import { ROW_VERSION, type BaseRow } from '../store'
import { isObject } from './faults'

/** Records that only point at others: their references stand in plain values. */
const POINTING: Record<string, string[]> = {
  conflict: ['record'],
  parked: ['record', 'change_id'],
  followup: ['record', 'change'],
}

const texts = (values: unknown[]): string[] => values.filter((value): value is string => typeof value === 'string')

/** Ids the record names: its reference fields, for review records what they speak of. */
export function refsOf(type: string, data: Values, catalog: Catalog | null): string[] {
  const fields = Object.entries(catalog?.types[type]?.fields ?? {})
  const named = fields.filter(([, spec]) => spec.kind === 'reference').map(([name]) => data[name])
  const pointing = (POINTING[type] ?? []).map((name) => data[name])
  const incoming = type === 'conflict' && isObject(data.incoming) ? [data.incoming.change] : []
  return [...new Set(texts([...named, ...pointing, ...incoming]))]
}

/** The status column: what waits for somebody, or the record's own state. */
export function statusOf(type: string, data: Values): string {
  if (type === 'parked') return data.state === 'open' ? String(data.status) : 'settled'
  const state = data.state ?? data.status
  return typeof state === 'string' ? state : ''
}

interface Boxed {
  schema: number
  data: Values
  by: unknown
  at_device: string | null
  source: string | null
}

export async function sealRow(boxes: Boxes, row: LiveRow, timeline: string, catalog: Catalog | null): Promise<BaseRow> {
  const { id, type, scope, rev, ver, data } = row
  const inner: Boxed = {
    schema: row.schema,
    data,
    by: row.by ?? null,
    at_device: row.at_device ?? null,
    source: row.source ?? null,
  }
  const box = await boxes.seal(`base:${id}`, inner)
  const columns = { id, type, scope, rev, ver, timeline, at: row.at ?? '', status: statusOf(type, data) }
  return { ...columns, refs: refsOf(type, data, catalog), orphan: 0, v: ROW_VERSION, box }
}

export async function openRow(boxes: Boxes, row: BaseRow): Promise<LiveRow> {
  const inner = (await boxes.open(`base:${row.id}`, row.box)) as Boxed
  const { id, type, scope, rev, ver, at } = row
  const rest = { schema: inner.schema, data: inner.data, by: inner.by, at_device: inner.at_device }
  return { id, type, scope, live: true, rev, ver, at, ...rest, ...(inner.source ? { source: inner.source } : {}) }
}

/** Versions are comparable within one timeline only: after a new one the server's word counts. */
export const takes = (own: BaseRow | undefined, ver: number, timeline: string): boolean =>
  !own || own.timeline !== timeline || ver >= own.ver
