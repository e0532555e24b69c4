/** What the server's review desk answers, as this page reads it. */
import type { Value, Values } from '@/core/change'

export const KINDS = ['conflict', 'parked', 'quarantined', 'incident'] as const
export type Kind = (typeof KINDS)[number]
export type State = 'open' | 'settled'

export interface Person {
  id: string
  name: string | null
}

/** One side of a conflict. `at` is the server's time, `at_device` what the phone said: evidence only. */
export interface Side {
  value: Value
  by: Person | null
  at: string | null
  at_device: string | null
}

export interface RecordRow {
  id: string
  type: string
  live: boolean
  /** Account id of who wrote last; his name is in `Related`. */
  by?: string | null
  at?: string
  at_device?: string | null
  data: Values
}

export interface Settled {
  choose: string
  value?: Value
  by: Person | null
  at: string
}

interface Waiting {
  id: string
  rev: string
  scope: string
  /** Names of areas, top first. */
  path: string[]
  record: string | null
  record_type: string | null
  at: string
  state: State
  by: Person | null
  settled: Settled | null
  record_row: RecordRow | null
}

export interface Conflict extends Waiting {
  kind: 'conflict'
  conflict_kind: 'field' | 'delete_vs_edit' | 'delete_has_children' | 'duplicate'
  field: string | null
  base: Value
  current: Side
  incoming: Side
  /** The other record of a duplicate; null when this person may not read it. */
  twin_row?: RecordRow | null
}

/** The change as it came; one that could not be read has few of these. */
export interface Wanted {
  op?: string
  type?: string
  record?: string
  scope?: string
  set?: Record<string, { from?: Value; to?: Value }>
  add?: Record<string, Value[]>
  remove?: Record<string, Value[]>
  transition?: { action: string; from: string | null; args?: Values }
  move?: { from: string; to: string }
  resolve?: { choose: string; value?: Value }
}

export interface Parked extends Waiting {
  kind: 'parked' | 'quarantined'
  reason: string | null
  message: { code?: string; field?: string; [name: string]: unknown } | null
  change: Wanted | null
}

export interface Incident {
  kind: 'incident'
  id: string
  scope: string | null
  path: string[]
  incident: string
  detail: Record<string, unknown>
  by: Person | null
  at: string
  state: State
}

export type Item = Conflict | Parked | Incident

/** What stands behind the ids in a list: enough fields to name it. */
export type Related = Record<string, { type: string; data: Values }>
export type Taxonomy = Record<string, { zh: string; en: string }>

export interface ReviewPage {
  items: Item[]
  next: string | null
  counts: Record<Kind, number>
  timeline: string
  related: Related
  taxonomy: Taxonomy
}

export interface HistoryItem {
  ver: number
  at: string
  by: Person | null
  at_device: string | null
  source: string
  op: string
  /** `kept_out`: what came and was not taken, where the rule is that the current value stays. */
  set: Record<string, { from: Value; to: Value; kept_out?: Value }>
}

export interface Verdict {
  id: string | null
  status: 'applied' | 'merged' | 'conflict' | 'parked' | 'quarantined'
  reason?: string
  message?: { code?: string; choose?: string } | null
  /** Ids of conflicts that came of it. */
  conflicts?: string[]
}

export interface User {
  id: string
  name: string
  username: string
  roles: string[]
  places: { scope: string; role: string; path: string[] }[]
}
