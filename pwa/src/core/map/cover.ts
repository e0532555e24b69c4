/** Which tiles an area needs, and which parts of a file hold them. */
import type { Box } from './shape'

export interface Tile {
  z: number
  x: number
  y: number
}

/** Bytes of a file. */
export interface Part {
  offset: number
  length: number
}

const MAX_LAT = 85.0511

/** Tiles of the web's usual pyramid that touch a box, for each zoom from `least` to `most`. */
export function covering(box: Box, least: number, most: number): Tile[] {
  const tiles: Tile[] = []
  for (let z = least; z <= most; z++) {
    const [left, right] = [column(box.west, z), column(box.east, z)]
    const [top, bottom] = [row(box.north, z), row(box.south, z)]
    for (let x = left; x <= right; x++) for (let y = top; y <= bottom; y++) tiles.push({ z, x, y })
  }
  return tiles
}

const clamped = (value: number, z: number): number => Math.min(2 ** z - 1, Math.max(0, Math.floor(value)))
const column = (lon: number, z: number): number => clamped(((lon + 180) / 360) * 2 ** z, z)

function row(lat: number, z: number): number {
  const angle = (Math.max(-MAX_LAT, Math.min(MAX_LAT, lat)) * Math.PI) / 180
  return clamped(((1 - Math.asinh(Math.tan(angle)) / Math.PI) / 2) * 2 ** z, z)
}

/**
 * Parts that lie near each other, read as one: fewer requests on a slow link. No two of the result overlap, each
 * wanted part lies whole in one of them, gaps up to `gap` bytes are read along, and none grows beyond `most` but
 * where a single part is larger.
 */
export function merged(parts: Part[], gap: number, most: number): Part[] {
  const sorted = [...parts].sort((a, b) => a.offset - b.offset || b.length - a.length)
  const found: Part[] = []
  for (const { offset, length } of sorted) {
    const last = found[found.length - 1]
    const end = last ? last.offset + last.length : 0
    const grows = Math.max(end, offset + length) - (last?.offset ?? 0)
    const overlaps = last && offset < end
    if (last && (overlaps || (offset <= end + gap && grows <= most))) last.length = grows
    else found.push({ offset, length })
  }
  return found
}

export const bytesOf = (parts: Part[]): number => parts.reduce((sum, part) => sum + part.length, 0)
