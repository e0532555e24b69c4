/** What the sync page and the status line show. All of it is from the store and the server's own words. */

export type Phase = 'idle' | 'hello' | 'push' | 'snapshot' | 'pull' | 'waiting'

export interface ScopeProgress {
  scope: string
  rights: 'read' | 'write'
  /** new: nothing here yet; loading: snapshot under way; ready; leaving: revoked, drains then goes. */
  state: 'new' | 'loading' | 'ready' | 'leaving'
  /** Rows received of the running (or finished) snapshot and rows expected. */
  received: number
  expected: number | null
  /** Bytes of snapshot text read. */
  bytes: number
  /** Rows held. */
  live: number
}

export type ProblemKind =
  | 'bulk_delete_refused' // params scope, would_remove, held
  | 'digest_mismatch' // params scope
  | 'answer_refused' // an answer that was not ours or did not match
  | 'numbers_missing' // params count: the server misses numbers this phone no longer has
  | 'sealed_lost' // params record: a number must be typed again after the server went back
  | 'store_lost' // params count: this browser's former store was cleared away with unsent changes
  | 'clock_off' // params offset_ms: the phone's clock is far off
  | 'storage' // the local store failed; params message

export interface SyncProblem {
  kind: ProblemKind
  at: string
  params: Record<string, string | number>
}

export interface SyncStatus {
  phase: Phase
  /** null before the first attempt. */
  online: boolean | null
  /** needed: the same person has to log in again (work is still handed in by the drain token). */
  session: 'ok' | 'needed'
  /** Changes without verdict. `oldest` device time, RFC 3339. */
  unsent: { changes: number; oldest: string | null }
  /** Photos of this phone: not verified by the server yet (with the bytes still to go), refused, and all others. */
  photos: { unsent: number; bytes: number; refused: number; other: number }
  /** "sent N of M" from the server's own count: n = numbers with a verdict, of = numbers given. */
  sent: { n: number; of: number }
  have_n: number
  missing: [number, number][]
  /** Open conflicts plus parked and quarantined changes that wait for somebody. */
  attention: { conflicts: number; parked: number; quarantined: number }
  /** RFC 3339 of the last answer of the server. */
  last_contact: string | null
  /** RFC 3339 of the last full sync (all sent, all pulled). */
  last_complete: string | null
  /** First load and re-load, per scope held. */
  scopes: ScopeProgress[]
  /** True until every granted scope was loaded once. */
  first_load: boolean
  /** The server asks for a newer app before it delivers rows; sending still works. */
  upgrade: boolean
  /** The office ended this device: what it held was handed in and removed. */
  wiped: boolean
  /** When the next automatic attempt is due (after a fault), RFC 3339. */
  retry_at: string | null
  problems: SyncProblem[]
}

/** What changed on this phone; `records` are ids whose view may differ now. */
export interface Notice {
  records: string[]
  types: string[]
  /** Status changed as well (or only). */
  status: boolean
  /** Another tab set a PIN: this one has to ask for it. */
  locked?: true
}

export interface SyncResult {
  /**
   * complete: all sent, all pulled. drained: sent only, a login is needed for rows. waiting: the server asked
   * to come back for the load. busy: another tab is syncing.
   */
  outcome: 'complete' | 'drained' | 'waiting' | 'offline' | 'login' | 'upgrade' | 'wiped' | 'busy' | 'stopped'
  retry_after_ms: number | null
}
