/**
 * What pages use: one person's records on one phone.
 *
 * A *workspace* is one local store (installation × user). Everything shown comes from it and works
 * without a network; every write resolves when the local transaction has committed, and never waits
 * for the server. Pages read views, listen for changes and write; they never see the network.
 *
 * Start: `openPhone(ports)` (services/phone.ts) → `phone.login(…)` or `phone.open(userId)` → Workspace.
 * In a browser: `browserPhone()` (services/browser.ts). In tests: `memoryPhone()` (services/headless.ts):
 * the real thing over the memory store.
 *
 * Every refusal is a `WorkspaceProblem` with a `code`; words for it belong to the pages.
 */
import type { Blocks } from './blocks'
import type { Forms } from './forms'
import type { Guard } from './guard'
import type { HistoryPage } from './history'
import type { Catalog } from '../core/catalog'
import type { Op, Resolution, Value, Values, VerdictStatus } from '../core/change'

import type { Photos } from './photos'
import type { Notice, SyncProblem, SyncResult, SyncStatus } from './status'

export type { Look, PhotoItem, Photos, Taken } from './photos'
export type { Notice, Phase, ProblemKind, ScopeProgress, SyncProblem, SyncResult, SyncStatus } from './status'
export type { KnownUser, Phone, RescueFile } from './known'
export type { Catalog } from '../core/catalog'
export type { Point, Sealed, Value, Values } from '../core/change'

/** Codes: see `ProblemCode`. `params` are for the sentence the page builds. */
export class WorkspaceProblem extends Error {
  constructor(
    readonly code: ProblemCode,
    readonly params: Record<string, string | number> = {},
  ) {
    super(code)
    this.name = 'WorkspaceProblem'
  }
}

export type ProblemCode =
  | 'bad_credentials' // user name or password wrong
  | 'throttled' // too many attempts; params.retry_after in seconds
  | 'offline' // the server could not be reached
  | 'login' // the session is over: the same person has to log in again
  | 'server' // the server answered with something we cannot use
  | 'unknown_user' // no store of that user on this phone
  | 'unknown_record'
  | 'unknown_type'
  | 'nothing_changed' // an update without a difference: nothing was written
  | 'invalid' // params.field and params.reason name the first bad field
  | 'too_large' // the change would exceed the server's limit
  | 'not_offline' // the action needs the server (workflow)
  | 'illegal_transition' // the action is not possible from the shown state
  | 'already_sent' // undo: the change may have reached the server
  | 'later_changes' // undo: a later change builds on it
  | 'unsent_work' // forget: refused while changes wait
  | 'no_room' // a photo does not fit on this phone any more
  | 'locked' // a PIN stands before this store; params.user
  | 'bad_pin' // not six digits
  | 'wrong_pin' // params.left tries
  | 'pin_required' // the server asks for one: it cannot be taken off
  | 'lease_over' // too long without a contact: the server is needed once
  | 'share_changed' // the server no longer has what belongs to this PIN: log in with the password
  | 'key_dropped' // too many wrong PINs: what waits is safe, log in with the password
  | 'closed' // the workspace was closed or wiped

/* ------------------------------------------------------------------ reading */

/** Why a field looks different from the server's copy, or is disputed. */
export interface FieldMark {
  /** `unsent`: edited here, no verdict yet. `conflict`: two values, the office decides. */
  state: 'unsent' | 'conflict'
  /** unsent: what the server last delivered (null when it has none). */
  server?: Value
  /** conflict: both sides as the conflict record tells them. */
  conflict?: {
    id: string
    base: Value
    current: ConflictSide
    incoming: ConflictSide & { change: string }
  }
}

export interface ConflictSide {
  value: Value
  by: { id: string; name?: string } | null
  at: string | null
  at_device?: string | null
}

/** A queued step of a workflow: shown as done here, decided by the server. */
export interface QueuedAction {
  change: string
  action: string
  from: string | null
  args: Values
  at: string
}

/** One record as this person sees it: the server's copy with the own unsent changes laid over it. */
export interface RecordView {
  id: string
  type: string
  /** Home scope. */
  scope: string
  /** null: not on the server yet. */
  rev: string | null
  ver: number
  /** false: deleted here (not sent yet) or gone. Deleted records are not listed. */
  live: boolean
  /** Canonical values; absent = null. */
  data: Values
  /** By field; fields without an entry are as the server has them. */
  marks: Record<string, FieldMark>
  /** Ids of own unsent changes of this record, oldest first. */
  unsent: string[]
  /** Workflow steps that wait to be sent, oldest first. */
  queued: QueuedAction[]
  /** Open conflicts of the whole record (delete against edit, duplicate): ids of conflict records. */
  disputes: string[]
  /** Server time of the last write, null before the first. */
  at: string | null
  at_device: string | null
  by: { id: string; name?: string } | null
}

export interface ListQuery {
  scope?: string
  /** Id of a record that any reference field of the listed records points at. */
  parent?: string
  /** Include records deleted here but not yet sent. */
  deleted?: boolean
}

/* ------------------------------------------------------------------ writing */

/** What one committed write is. */
export interface Written {
  change: string
  record: string
  n: number
}

export interface CreateOptions {
  scope: string
  /** Given when the page made the id before (so that children can name it). */
  id?: string
  /** An issue is born submitted: `{action: "submit", args: {}}`. */
  transition?: { action: string; args?: Values }
}

export interface UpdateExtras {
  /** For sets: members to add and remove. `values` of a set field is turned into these. */
  add?: Record<string, string[]>
  remove?: Record<string, string[]>
}

/**
 * Writes. `seen` is the view the form was opened with: its values become `from`, so that a pull that
 * arrived while the person was typing is met as a conflict and not overwritten.
 */
export interface Writer {
  create(type: string, values: Values, options: CreateOptions): Promise<Written>
  /** Only fields that differ from `seen` are sent. */
  update(seen: RecordView, values: Values, extras?: UpdateExtras): Promise<Written>
  delete(seen: RecordView): Promise<Written>
  undelete(seen: RecordView, values?: Values): Promise<Written>
  /** `values` are field edits that travel with the step. */
  transition(seen: RecordView, action: string, args?: Values, values?: Values, extras?: UpdateExtras): Promise<Written>
  /** Ask for another home scope (an office decides unless the roles allow it). */
  move(seen: RecordView, to: string): Promise<Written>
  /** Settle a conflict or parked record: `choose` as PROTOCOL §5. */
  resolve(seen: RecordView, resolution: Resolution): Promise<Written>
}

/* ------------------------------------------------------------------ what became of it */

export type ItemState = 'unsent' | 'sent' | 'merged' | 'conflict' | 'parked' | 'quarantined'

/** One change on the sync page. */
export interface ChangeItem {
  change: string
  n: number
  op: Op
  type: string
  record: string
  scope: string
  group: string | null
  /** Device time of the edit, RFC 3339. */
  at: string
  /** Newest known: a follow-up of the office counts over the first verdict. `sent` = applied. */
  state: ItemState
  reason: string | null
  /** Parameters of the reason, as the server gave them. */
  message: unknown
  /** Fields touched. */
  fields: string[]
  action: string | null
  /** The first verdict, null while unsent. */
  verdict: VerdictStatus | null
  /** Undo is possible (never offered to the server). */
  undoable: boolean
  /** Times it was offered alone and refused as a request (400/413). */
  tries: number
  /** Size on the wire while unsent, 0 afterwards. */
  bytes: number
}

/* ------------------------------------------------------------------ the workspace */

export interface Grant {
  scope: string
  rights: 'read' | 'write'
  revoked_at: string | null
  grace_until: string | null
}

export interface Person {
  id: string
  name: string
  username: string
  /** Names of roles, as the catalogue lists them. */
  roles: string[]
  /** Where the roles hold: scope, role, names of the areas from the top. */
  places: { scope: string; role: string; path: string[] }[]
}

export interface Workspace extends Writer {
  readonly user: Person
  /** What the search keeps, one block a grid. */
  readonly blocks: Blocks
  readonly forms: Forms
  /** Its PIN and its rescue file. */
  readonly guard: Guard
  /** A PIN for rows that had none, or the first one; other tabs lock. */
  setPin(pin: string): Promise<void>
  /** No PIN any more, where the server does not ask for one; other tabs open anew. */
  removePin(pin: string): Promise<void>
  readonly photos: Photos

  /** null: no such record here. */
  view(id: string): Promise<RecordView | null>
  views(ids: string[]): Promise<RecordView[]>
  /** Live records of a type, in id order. For thousands of rows use `readAll`. */
  list(type: string, query?: ListQuery): Promise<RecordView[]>
  /** Number of rows of a type in the server's copy (no decryption). */
  count(type: string): Promise<number>
  /**
   * Bulk read for the search corpus: pages of up to 200 views, in id order; resolves to the number of
   * rows. After it keep the corpus fresh with `subscribe` and `views`.
   */
  readAll(type: string, onPage: (views: RecordView[]) => void): Promise<number>

  /** Called after each commit, from this and other tabs. Returns the function that ends it. */
  subscribe(listener: (notice: Notice) => void): () => void

  /** All or nothing on the server, one local transaction here; nothing is written if `make` throws. */
  group(make: (writer: Writer) => Promise<void> | void): Promise<Written[]>
  /** A fresh record id (UUIDv7). */
  newId(): string
  /** Takes back a change (or its whole group) that was never offered to the server. */
  undo(change: string): Promise<void>

  /** One round now; a round already running is joined. Never throws for network reasons. */
  sync(): Promise<SyncResult>
  /** Keeps syncing: now, after writes, when online again, and every few minutes. */
  start(): void
  stop(): void
  status(): SyncStatus
  /** Lets a problem on the status go, once seen. */
  dismiss(problem: SyncProblem): Promise<void>

  /** Unsent, oldest first. */
  outboxItems(): Promise<ChangeItem[]>
  /** With a verdict, newest first. */
  journalItems(query?: { state?: ItemState; limit?: number; record?: string }): Promise<ChangeItem[]>

  /** null before the first contact. */
  catalog(): Catalog | null
  grants(): Grant[]
  /** Offline actions possible on this record for this person, in catalogue order. */
  actions(view: RecordView): string[]

  /** Who changed a record, newest first; needs the server. */
  history(record: string, after?: string): Promise<HistoryPage>
  /** Own phrases for visits: kept on this phone alone, sealed like everything typed. */
  phrases(): Promise<string[]>
  keepPhrases(phrases: string[]): Promise<void>
  /** Same person, new session; the store stays. */
  login(password: string): Promise<void>
  /** Ends the session on the server when it can be reached; all local work stays. */
  logout(): Promise<void>
  /** Releases the store; the data stays on the phone. */
  close(): Promise<void>
}
