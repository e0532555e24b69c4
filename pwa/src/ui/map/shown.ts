/** What a map shows, whoever asks for it. Places are WGS-84, longitude first. */
import type { LonLat } from '@/core/map/shape'

export type Kind = 'building' | 'point' | 'issue'
export type Tone = 'plain' | 'accent' | 'waits' | 'urgent' | 'done'

export interface Thing {
  id: string
  kind: Kind
  at: LonLat
  name: string
  /** Kind or state in words. */
  below: string
  tone: Tone
}

export interface Cell {
  scope: string
  name: string
  rings: LonLat[][]
}

export interface Shown {
  cells: Cell[]
  things: Thing[]
}

/** Where the person is: one fix, taken when he asked for it. */
export interface Here {
  at: LonLat
  accuracy: number
}

/** The places that have to be on the screen at first. */
export function extentOf(shown: Shown): LonLat[] {
  const outlines = shown.cells.flatMap((cell) => cell.rings[0]!)
  return outlines.length ? outlines : shown.things.map((thing) => thing.at)
}
