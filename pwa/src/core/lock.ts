/**
 * The PIN lock of one store, decided: when it asks, when it needs the server, when it gives up its key.
 *
 * The rows' key lies on the phone only wrapped under PIN and server share. The share is cached while the offline
 * lease runs; after it unlocking needs the server. The count of wrong PINs is kept before each try, so that no
 * reload takes one back. Device time decides here because nothing else is there: a clock set back ends the lease.
 */

/** Wrong PINs until the key goes. */
export const TRIES = 10
/** A clock may be put right by this much without ending the lease, ms. */
const SET_BACK = 5 * 60_000
const HOUR = 3_600_000

export interface LockRow {
  /** The user whose store it is. */
  id: string
  salt: Uint8Array
  rounds: number
  /** The rows' key under PIN and share; null: it was given up, only a login makes a new one. */
  wrapped: Uint8Array | null
  /** The server's share under this phone's own key; null: the server has to be asked. */
  share: Uint8Array | null
  /** Tells this share from another one without showing it. */
  share_id: string
  /** Device time, ms. */
  lease_until: number
  /** The latest device time known, ms. */
  seen: number
  wrong: number
  /** 1: rows from before the PIN may still lie under the phone's own key. */
  resealing: 0 | 1
  /** 1: the PIN was taken off. */
  off?: 1
  /** The rows' key of a PIN that was taken off, under the phone's own key: what it sealed is still opened by it. */
  former?: Uint8Array | null
}

export type Door =
  | { is: 'open' }
  /** `lease` over: the server is needed besides the PIN. */
  | { is: 'locked'; left: number; lease: 'running' | 'over' }
  | { is: 'dropped' }

export function doorOf(row: LockRow | null, now: number): Door {
  if (!row || row.off) return { is: 'open' }
  if (!row.wrapped || row.wrong >= TRIES) return { is: 'dropped' }
  return { is: 'locked', left: TRIES - row.wrong, lease: leased(row, now) ? 'running' : 'over' }
}

const leased = (row: LockRow, now: number): boolean =>
  row.share !== null && now < row.lease_until && now > row.seen - SET_BACK

/** The share leaves the phone with the lease. */
export const expired = (row: LockRow, now: number): LockRow => (leased(row, now) ? row : { ...row, share: null })

/** Before a PIN is tried: it counts as wrong until it was right. */
export const attempted = (row: LockRow, now: number): LockRow => ({
  ...row,
  wrong: row.wrong + 1,
  seen: Math.max(row.seen, now),
})

/** The PIN was right. */
export const opened = (row: LockRow, now: number): LockRow => ({ ...row, wrong: 0, seen: Math.max(row.seen, now) })

/** Too many wrong ones, a forgotten PIN, a revoked phone: the key is gone for good. */
export const dropped = (row: LockRow): LockRow => ({ ...row, wrapped: null, former: null, share: null, lease_until: 0 })

/** The PIN was right and is not wanted any more: from now on the phone's own key, under which `former` lies, opens. */
export const lifted = (row: LockRow, former: Uint8Array): LockRow => ({ ...dropped(row), wrong: 0, off: 1, former })

/** The server was heard: the lease begins anew. `share` as sealed under the phone's own key. */
export const renewed = (row: LockRow, now: number, hours: number, share: Uint8Array): LockRow => ({
  ...row,
  share,
  lease_until: now + hours * HOUR,
  seen: now,
})

export const isPin = (text: string): boolean => /^\d{6}$/.test(text)

/** Minutes without a touch, or hidden, after which the app locks itself. */
export const LOCK_AFTER = [1, 5, 15] as const

/** Whether it is time, given when the person was last seen at it (ms). A clock that went back says nothing. */
export const isIdle = (touched: number, now: number, minutes: number): boolean => now - touched >= minutes * 60_000
