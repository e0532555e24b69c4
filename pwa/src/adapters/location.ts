/** Where the phone is, when a person asks for it: once, or for one patrol that he wants recorded. */
import type { Point } from '../core/change'

export type Fix = { point: Point; at: string } | { problem: 'denied' | 'unavailable' | 'timeout' | 'unsupported' }

const PLACES = 6

/** One fix within `limitMs` (at most 15 s); cached fixes older than 10 s are not taken. */
export function readPlace(limitMs = 15_000, geolocation = globalThis.navigator?.geolocation): Promise<Fix> {
  if (!geolocation) return Promise.resolve({ problem: 'unsupported' })
  const options = { enableHighAccuracy: true, timeout: Math.min(limitMs, 15_000), maximumAge: 10_000 }
  return new Promise((resolve) => {
    geolocation.getCurrentPosition(
      (position) => resolve(fixOf(position)),
      (fault) => resolve({ problem: fault.code === 1 ? 'denied' : fault.code === 3 ? 'timeout' : 'unavailable' }),
      options,
    )
  })
}

const text = (value: number, places: number): string => String(Number(value.toFixed(places)))

function pointOf(position: GeolocationPosition): Point {
  const { longitude, latitude, accuracy } = position.coords
  return { lon: text(longitude, PLACES), lat: text(latitude, PLACES), accuracy_m: text(accuracy, 1) }
}

const fixOf = (position: GeolocationPosition): Fix => ({ point: pointOf(position), at: new Date(position.timestamp).toISOString() })

/** Fixes one after another while somebody has asked for that; calling the answer ends it. */
export function followPlace(onFix: (fix: { at: number; point: Point }) => void, geolocation = globalThis.navigator?.geolocation): () => void {
  if (!geolocation) return () => undefined
  const options = { enableHighAccuracy: true, maximumAge: 5_000 }
  const id = geolocation.watchPosition((position) => onFix({ at: position.timestamp, point: pointOf(position) }), () => undefined, options)
  return () => geolocation.clearWatch(id)
}
