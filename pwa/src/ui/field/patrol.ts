/** A patrol over the points of a route: what was looked at, and how far a check-in is from its point. */
import type { Point, RecordView, Values, Workspace } from '@/services/workspace'
import { metresBetween } from '@/ui/shared/place'

const DEFAULT_RADIUS_M = 50
/** A fix worse than this says nothing about a point: a person says where he is instead. */
const POOR_FIX_M = 100

export interface Stop {
  point: RecordView
  /** The check-in or skip of this patrol, null while open. */
  check: RecordView | null
}

export interface Run {
  patrol: RecordView
  route: RecordView | null
  stops: Stop[]
  looked: number
  skipped: number
}

export async function readRun(work: Workspace, id: string): Promise<Run | null> {
  const patrol = await work.view(id)
  if (!patrol) return null
  const routeId = String(patrol.data.route ?? '')
  const [route, points, checks] = await Promise.all([
    work.view(routeId), work.list('point', { parent: routeId }), work.list('check', { parent: id }),
  ])
  const stops = points.sort(byOrder).map((point) => ({ point, check: checks.find((check) => check.data.point === point.id) ?? null }))
  return {
    patrol, route, stops,
    looked: stops.filter((stop) => stop.check && !stop.check.data.skipped_reason).length,
    skipped: stops.filter((stop) => stop.check?.data.skipped_reason).length,
  }
}

/** Points of a route in walking order. */
export function byOrder(a: RecordView, b: RecordView): number {
  return Number(a.data.order ?? 0) - Number(b.data.order ?? 0) || String(a.data.name).localeCompare(String(b.data.name))
}

/** Metres from the point, null where the point has no place. */
export function distanceTo(point: RecordView, here: Point): number | null {
  const there = point.data.location as Point | null | undefined
  return there ? metresBetween(there, here) : null
}

export function isPoor(here: Point): boolean {
  return Number(here.accuracy_m ?? 0) > POOR_FIX_M
}

/** GPS speaks for a check-in when the point lies inside its radius plus the error of the fix. */
export function isThere(point: RecordView, here: Point, distance: number | null): boolean {
  if (distance === null) return true
  return distance <= Number(point.data.radius_m ?? DEFAULT_RADIUS_M) + Number(here.accuracy_m ?? 0)
}

/** Values of a check-in by GPS. */
export function gpsCheck(run: Run, point: RecordView, here: Point, distance: number | null): Values {
  return { ...checkOf(run, point), how: 'gps', location: here, distance_m: distance === null ? null : distance.toFixed(1), ok: true }
}

/** Values every check-in and skip has. */
export function checkOf(run: Run, point: RecordView): Values {
  return { patrol: run.patrol.id, point: point.id, checked_at: new Date().toISOString() }
}
