/** Which photo travels next, and which has to wait. */
import type { Network } from '../ports'
import type { PhotoRow } from '../store'

/** What the person chose for photos on this phone. */
export interface Terms {
  wifi_only: boolean
  paused: boolean
}

export const FIRST_TERMS: Terms = { wifi_only: false, paused: false }

/** An urgent one always may. A browser that does not say what network it is on holds nothing back. */
export const mayTravel = (row: Pick<PhotoRow, 'urgent'>, terms: Terms, network: Network): boolean =>
  row.urgent === 1 || (!terms.paused && !(terms.wifi_only && network === 'paid'))

/** Failures in a row after which a photo lets others go first. */
export const PATIENCE = 3

/**
 * Urgent ones first, then the smallest: most photos arrive soonest; what failed again and again last.
 * `rows` are unsent; null: none may go now.
 */
export function nextPhoto(rows: PhotoRow[], may: (row: PhotoRow) => boolean, now: number): PhotoRow | null {
  const able = rows.filter((row) => row.due <= now && may(row))
  const late = (row: PhotoRow): number => (row.tries >= PATIENCE ? 1 : 0)
  able.sort((one, other) => late(one) - late(other) || other.urgent - one.urgent || one.size - other.size || (one.id < other.id ? -1 : 1))
  return able[0] ?? null
}

/** Bytes of the next piece: the link's, but never a rest that the server would find too short. */
export function pieceEnd(offset: number, size: number, chunk: number): number {
  const end = offset + chunk
  return size - end < LEAST_PIECE ? size : end
}

/** A piece shorter than this is only taken as the last one. */
const LEAST_PIECE = 1_024
