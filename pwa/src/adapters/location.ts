/** Where the phone is, once, when a person asks for it. Nothing follows anybody. */
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

function fixOf(position: GeolocationPosition): Fix {
  const { longitude, latitude, accuracy } = position.coords
  const point = { lon: text(longitude, PLACES), lat: text(latitude, PLACES), accuracy_m: text(accuracy, 1) }
  return { point, at: new Date(position.timestamp).toISOString() }
}
