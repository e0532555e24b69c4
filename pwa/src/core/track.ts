/**
 * A patrol's track in unbroken pieces. Between two pieces lies a gap that says why: the app was not shown, the
 * patrol paused, there was no fix. Nothing joins them.
 */
import { timeOfMillis } from './calendar'

export interface TrackFix {
  /** When, ms since 1970. */
  at: number
  lon: string
  lat: string
  accuracy_m: string
}

/** Why a piece begins: codes of the field `after`. */
export type Break = 'start' | 'paused' | 'hidden' | 'no_fix' | 'piece'

export interface Piece {
  started_at: string
  after: Break
  /** A line a fix: seconds since `started_at`, longitude, latitude, accuracy in metres. */
  fixes: string
}

/** A fix more often than this says nothing new. */
const EVERY_MS = 10_000
/** Silence longer than this is a gap. */
const GAP_MS = 60_000
/** A fix worse than this is none. */
const POOR_M = 100
/** A piece is written down when it has so many fixes: what a dead battery can cost, and well below 4,096 bytes. */
export const PIECE_FIXES = 30

export class Track {
  private fixes: TrackFix[] = []
  private after: Break = 'start'

  /** Takes a fix; the piece that it completes, null while none. */
  take(fix: TrackFix): Piece | null {
    if (Number(fix.accuracy_m) > POOR_M) return null
    const last = this.fixes[this.fixes.length - 1]
    if (last && fix.at - last.at < EVERY_MS) return null
    const before = last && fix.at - last.at > GAP_MS ? this.end('no_fix') : null
    this.fixes.push(fix)
    return before ?? (this.fixes.length >= PIECE_FIXES ? this.full() : null)
  }

  /** Recording stops for this reason: the piece so far, null where there is none. */
  end(why: Break): Piece | null {
    const piece = this.piece()
    this.fixes = []
    this.after = why
    return piece
  }

  /** The next piece goes on where this one ends, so that both share a fix. */
  private full(): Piece | null {
    const last = this.fixes[this.fixes.length - 1]
    const piece = this.end('piece')
    if (last) this.fixes = [last]
    return piece
  }

  private piece(): Piece | null {
    const [first] = this.fixes
    if (!first || (this.after === 'piece' && this.fixes.length < 2)) return null
    const line = ({ at, lon, lat, accuracy_m }: TrackFix): string => [Math.round((at - first.at) / 1_000), lon, lat, accuracy_m].join(',')
    return { started_at: timeOfMillis(first.at), after: this.after, fixes: this.fixes.map(line).join('\n') }
  }
}

/** Places of a piece as numbers, [longitude, latitude] each; lines that are no fix are left out. */
export function placesOf(fixes: string): [number, number][] {
  const lines = fixes.split('\n').map((line) => line.split(',').map(Number))
  return lines.filter((parts) => parts.length >= 3 && parts.every(Number.isFinite)).map((parts) => [parts[1]!, parts[2]!])
}
