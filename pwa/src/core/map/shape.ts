/** Shapes on the ground: boundaries of areas and boxes round places. Degrees of WGS-84, longitude first. */
import type { Point } from '../change'

export type LonLat = [number, number]
export interface Box {
  west: number
  south: number
  east: number
  north: number
}

const METRES_PER_DEGREE = 111_195

/** Rings of a boundary's text (a GeoJSON polygon that the server checked); null where it is none. */
export function ringsOf(text: unknown): LonLat[][] | null {
  if (typeof text !== 'string') return null
  try {
    const { type, coordinates } = JSON.parse(text) as { type?: unknown; coordinates?: unknown }
    const rings = type === 'Polygon' && Array.isArray(coordinates) ? (coordinates as LonLat[][]) : []
    return rings.length > 0 && rings.every((ring) => Array.isArray(ring) && ring.every(isLonLat)) ? rings : null
  } catch {
    return null
  }
}

const isLonLat = (at: unknown): boolean => Array.isArray(at) && Number.isFinite(at[0]) && Number.isFinite(at[1])

/** A place as records hold it; null where there is none. */
export function placeOf(value: unknown): LonLat | null {
  const { lon, lat } = (value ?? {}) as Partial<Point>
  const at: LonLat = [Number(lon ?? NaN), Number(lat ?? NaN)]
  return isLonLat(at) ? at : null
}

/** As records hold it: decimal texts of six places; `accuracy_m` only where it was measured. */
export function pointOf([lon, lat]: LonLat): Point {
  const text = (value: number): string => String(Number(value.toFixed(6)))
  return { lon: text(lon), lat: text(lat) }
}

/** Whether a place lies inside the outline and in none of the holes. */
export function contains(rings: LonLat[][], at: LonLat): boolean {
  return inside(rings[0]!, at) && !rings.slice(1).some((hole) => inside(hole, at))
}

function inside(ring: LonLat[], [lon, lat]: LonLat): boolean {
  let odd = false
  for (let n = 1; n < ring.length; n++) {
    const [x1, y1] = ring[n - 1]!
    const [x2, y2] = ring[n]!
    if (y1 > lat !== y2 > lat && lon < x1 + ((lat - y1) * (x2 - x1)) / (y2 - y1)) odd = !odd
  }
  return odd
}

/** The smallest box round the places; null without any. */
export function boxOf(places: LonLat[]): Box | null {
  if (places.length === 0) return null
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity }
  for (const [lon, lat] of places) {
    box.west = Math.min(box.west, lon)
    box.east = Math.max(box.east, lon)
    box.south = Math.min(box.south, lat)
    box.north = Math.max(box.north, lat)
  }
  return box
}

/** The box with so many metres more on each side. */
export function grown(box: Box, metres: number): Box {
  const up = metres / METRES_PER_DEGREE
  const right = up / Math.cos((((box.south + box.north) / 2) * Math.PI) / 180)
  return { west: box.west - right, south: box.south - up, east: box.east + right, north: box.north + up }
}

/** Lines of graph paper, so many metres apart, over a box: what a map without tiles is drawn on. */
export function paperLines(box: Box, metres: number): LonLat[][] {
  const up = metres / METRES_PER_DEGREE
  const right = up / Math.cos((((box.south + box.north) / 2) * Math.PI) / 180)
  const lines: LonLat[][] = []
  for (let lon = Math.ceil(box.west / right) * right; lon <= box.east; lon += right) lines.push([[lon, box.south], [lon, box.north]])
  for (let lat = Math.ceil(box.south / up) * up; lat <= box.north; lat += up) lines.push([[box.west, lat], [box.east, lat]])
  return lines
}
