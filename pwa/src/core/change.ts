/** What travels: one change a person made, and the values it carries (PROTOCOL §1.2, §3.2). */

/** A place in WGS-84; decimal texts with at most 6 places; no accuracy where none was given. */
export interface Point {
  lon: string
  lat: string
  accuracy_m?: string | null
}

/** A sealed value as a device may know it: the last characters and an opaque version. */
export interface Sealed {
  hint: string
  v: string | null
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type Value = Json | Point | Sealed | Value[]
export type Values = Record<string, Value>

export type Op = 'create' | 'update' | 'delete' | 'undelete' | 'transition' | 'move' | 'resolve'

export interface Patch {
  from: Value
  to: Value
}

export interface Resolution {
  choose: string
  value?: Value
  into?: string
}

export interface Change {
  id: string
  /** 1, 2, 3 … per device, without gaps. */
  n: number
  group?: string
  op: Op
  type: string
  record: string
  /** Home scope as the person saw it. */
  scope: string
  schema: number
  base: { rev: string; timeline: string } | null
  /** Device time: evidence only. `wall` RFC 3339 UTC; offset to the server's clock in ms, null if unknown. */
  at: { wall: string; offset_ms: number | null }
  set?: Record<string, Patch>
  add?: Record<string, Value[]>
  remove?: Record<string, Value[]>
  transition?: { action: string; from: string | null; args: Values }
  move?: { from: string; to: string }
  resolve?: Resolution
}

/** A change before the store has numbered it. */
export type Draft = Omit<Change, 'n'>

/** A record as the server delivers it. */
export interface LiveRow {
  id: string
  type: string
  scope: string
  live: true
  rev: string
  ver: number
  schema: number
  data: Values
  by?: unknown
  at?: string
  at_device?: string | null
  source?: string
}

/** Why a record left a scope. */
export interface GoneRow {
  id: string
  type: string
  scope: string
  live: false
  why: 'deleted' | 'moved' | 'undelivered' | 'purged'
  rev: string
  ver: number
}

export type Row = LiveRow | GoneRow

export type VerdictStatus = 'applied' | 'merged' | 'conflict' | 'parked' | 'quarantined'

export interface Verdict {
  id: string | null
  n: number | null
  status: VerdictStatus
  replayed: boolean
  reason?: string | null
  message?: unknown
  row?: Row | null
  conflicts?: unknown[] | null
}
