/**
 * The local store as a port: eight tables, transactions that commit whole or not at all.
 *
 * Every row keeps its key columns in clear (ids, scope, type, status, numbers, dates) and everything a
 * person wrote in `box`, bytes made by the Boxes port *before* the transaction opens (awaiting anything
 * but the store inside a transaction ends it in IndexedDB).
 */
import type { Op } from './change'

/** Version of the row's shape, so that a later release can read old rows without rewriting them. */
export const ROW_VERSION = 1

interface Boxed {
  v: number
  box: Uint8Array
}

/** The server's copy of a record. Box: {schema, data, by, at_device, source}. */
export interface BaseRow extends Boxed {
  id: string
  type: string
  scope: string
  /** Of conflict and parked records: open, parked, quarantined, settled; of others their state; '' without. */
  status: string
  rev: string
  ver: number
  /** Timeline the row came from: `ver` is comparable within one timeline only. */
  timeline: string
  /** Ids that its reference fields name. */
  refs: string[]
  at: string
  /** 1: no scope delivers it any more, kept because changes of it wait. */
  orphan: 0 | 1
}

/** That a scope delivers a record, and the revision it delivered. */
export interface MembershipRow {
  scope: string
  id: string
  rev: string
  /** Snapshot run that last named it. */
  run: string
}

/** A change sealed to the server's public key: this phone cannot open it again. `op` in clear, for the list. */
export interface Handin {
  /** Which key of the server. */
  key: string
  /** base64url. */
  box: string
  op: Op
}

/** Box: the change without `n`. */
export interface OutboxRow extends Boxed {
  id: string
  n: number
  record: string
  type: string
  scope: string
  /** '' when alone. */
  group: string
  /** Device time of the edit. */
  at: string
  bytes: number
  /** 1: was sent at least once, so the server may have it. */
  offered: 0 | 1
  /** Times it was refused as a request while alone. */
  tries: number
  /** Absent in rows of older apps and before the server's key is known. */
  handin?: Handin
  /** 1: a locked phone handed it in and has a verdict; which one, the next push tells. */
  handed?: 1
  /** 1: the key of `box` was given up; only `handin` is left of it. */
  opaque?: 1
}

/** Box: {change (sealed values blanked), verdict without row}. */
export interface JournalRow extends Boxed {
  id: string
  n: number
  device: string
  record: string
  type: string
  scope: string
  group: string
  at: string
  status: string
  reason: string
  /** Device time when the verdict arrived. */
  acked: string
  bytes: number
  /** Of a change whose key was given up: what it would be sent again as. The box then holds its outline. */
  handin?: Handin
}

export type ScopeState = 'new' | 'loading' | 'ready' | 'leaving'

/** What is known of one scope. No personal data, so all in clear. */
export interface CursorRow {
  scope: string
  rights: 'read' | 'write'
  gen: number
  /** As the server told them; null while the grant stands. */
  revoked_at: string | null
  grace_until: string | null
  state: ScopeState
  cursor: string | null
  /** Memberships held and the XOR of their revisions, at `cursor`. */
  live: number
  digest: string
  /** Digest checks failed in a row. */
  mismatches: number
  /** 1: the server asked for the coming snapshot, so its sweep is not braked. */
  asked: 0 | 1
  /** Rows removed since the pull of this scope last reached its end. */
  removed: number
  /** Rows held when that pull began. */
  held: number
  /** 1: the server went back; rows that came with its former verdicts are looked through once the next pull is over. */
  strays?: 0 | 1
  /** 1: a bulk removal was refused; waits for the server's resnapshot. */
  refused: 0 | 1
  /** A snapshot under way: run id, its cursor, last row "type/id", counts. */
  run: string
  snapshotCursor: string | null
  after: string | null
  received: number
  expected: number | null
  bytes: number
}

/** One setting: a number in clear, or a box. */
export interface MetaRow {
  key: string
  n: number
  v: number
  box: Uint8Array | null
}

export type PhotoState = 'draft' | 'unsent' | 'stored' | 'refused'

/**
 * A photo taken on this phone. Box: {sha256, mime, place}, of a sealed one with the key of its bytes, and under the key
 * of the rows. Its bytes lie in `files`, so that lists stay light.
 * `draft`: its form is not saved yet; `unsent`: the server has not verified it; `stored`: it has;
 * `refused`: the server will not have it, a person decides.
 */
export interface PhotoRow extends Boxed {
  id: string
  /** Record it belongs to; of a draft, the form it was taken in. */
  record: string
  scope: string
  field: string
  state: PhotoState
  /** Bytes of the file. */
  size: number
  /** When it was taken, device time. */
  at: string
  /** 1: travels over paid networks and while the others are paused. */
  urgent: 0 | 1
  /** Its upload on the server, below /api/v1; '' where none was begun. */
  upload: string
  /** Bytes of it that the server has. */
  sent: number
  /** Attempts in a row that failed. */
  tries: number
  /** Not tried again by itself before this device time, ms. */
  due: number
  /** Times that all of it was sent and the server did not take it. */
  rounds: number
  /** Code of what went wrong last, '' where nothing did. */
  reason: string
  /** Device time at which the server had verified it, '' before. */
  stored: string
  /** Which key of the server its file is sealed to, and the file's hash; absent where that key was not known. */
  sealed?: { key: string; sha256: string }
}

/** Box: the bytes of a photo, as they are sent (of a sealed one just those) or as a small picture of it. */
export interface FileRow extends Boxed {
  id: string
  kind: 'full' | 'thumb'
}

export interface Tables {
  base: BaseRow
  memberships: MembershipRow
  outbox: OutboxRow
  journal: JournalRow
  cursors: CursorRow
  meta: MetaRow
  photos: PhotoRow
  files: FileRow
}

export type TableName = keyof Tables
export type Key = string | number | [string, string]

/** Columns of each index; '*' marks a list whose members are indexed one by one. 'key' is the primary key. */
export const INDEXES = {
  base: { key: ['id'], type: ['type', 'id'], status: ['type', 'status', 'id'], ref: ['*refs'], scope: ['scope', 'id'] },
  memberships: { key: ['scope', 'id'], id: ['id'] },
  outbox: { key: ['id'], n: ['n'], record: ['record', 'n'], type: ['type', 'n'], scope: ['scope', 'n'] },
  journal: { key: ['id'], acked: ['acked', 'n'], record: ['record', 'acked'], status: ['status', 'acked'] },
  cursors: { key: ['scope'] },
  meta: { key: ['key'] },
  photos: { key: ['id'], state: ['state', 'size', 'id'], record: ['record', 'id'] },
  files: { key: ['id', 'kind'] },
} as const satisfies Record<TableName, Record<string, readonly string[]>>

export type IndexName<T extends TableName> = Extract<keyof (typeof INDEXES)[T], string>

export interface Range {
  /** Values of the leading columns. */
  is?: (string | number)[]
  /** Value of the next column: only rows beyond it (exclusive). */
  after?: string | number
  limit?: number
  /** From the end. */
  backwards?: boolean
}

export interface Reader {
  get<T extends TableName>(table: T, key: Key): Promise<Tables[T] | undefined>
  /** In the order asked; undefined where there is none. */
  getMany<T extends TableName>(table: T, keys: Key[]): Promise<(Tables[T] | undefined)[]>
  /** In index order. */
  range<T extends TableName>(table: T, index: IndexName<T>, range?: Range): Promise<Tables[T][]>
  count<T extends TableName>(table: T, index?: IndexName<T>, is?: (string | number)[]): Promise<number>
}

export interface Writing extends Reader {
  put<T extends TableName>(table: T, rows: Tables[T][]): Promise<void>
  remove<T extends TableName>(table: T, keys: Key[]): Promise<void>
}

export interface Store {
  /** A consistent look at the named tables. */
  read<R>(tables: TableName[], work: (tx: Reader) => Promise<R>): Promise<R>
  /** Commits when `work` resolves, leaves no trace when it rejects. Only store calls may be awaited inside. */
  write<R>(tables: TableName[], work: (tx: Writing) => Promise<R>): Promise<R>
  close(): Promise<void>
}
