/** One fix on tap, with words for what went wrong. */
import { ref } from 'vue'
import { readPlace } from '@/adapters/location'
import type { Point } from '@/services/workspace'
import { t, wordsFor } from './i18n'

export function usePlace() {
  const waiting = ref(false)
  /** Sentence for people, empty where nothing is wrong. */
  const problem = ref('')

  /** The place now, or null with `problem` set. */
  async function take(): Promise<Point | null> {
    waiting.value = true
    problem.value = ''
    const fix = await readPlace()
    waiting.value = false
    if ('point' in fix) return fix.point
    problem.value = wordsFor('place', fix.problem) ?? t('place.unavailable')
    return null
  }
  return { waiting, problem, take }
}

const EARTH_M = 6_371_000

/** Metres between two places on the sphere (haversine). */
export function metresBetween(a: Point, b: Point): number {
  const rad = (degrees: string): number => (Number(degrees) * Math.PI) / 180
  const dLat = rad(b.lat) - rad(a.lat)
  const dLon = rad(b.lon) - rad(a.lon)
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(dLon / 2) ** 2
  return 2 * EARTH_M * Math.asin(Math.sqrt(h))
}
