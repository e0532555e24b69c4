/** A patrol over the points of a route: what was looked at, and how far a check-in is from its point. */
import type { Point, RecordView, Values, Workspace } from '@/services/workspace'
import { metresBetween } from '@/ui/shared/place'

const DEFAULT_RADIUS_M = 50
/** A fix worse than this says nothing about a point: a person says where he is instead. */
const POOR_FIX_M = 100

export interface Stop {
  point: RecordView
  /** What counts of this patrol's check-ins and skips here: one that looked, else a skip; null while open. */
  check: RecordView | null
  /** All of them: two phones may have been here. */
  checks: RecordView[]
  /** Whether any of them found something. */
  faulty: boolean
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
  const stops = points.sort(byOrder).map((point) => stopOf(point, checks.filter((check) => check.data.point === point.id)))
  return {
    patrol, route, stops,
    looked: stops.filter((stop) => stop.check && !stop.check.data.skipped_reason).length,
    skipped: stops.filter((stop) => stop.check?.data.skipped_reason).length,
  }
}

/** Several check-ins at one point count once, and a fault that one of them found is not hidden by another. */
export function stopOf(point: RecordView, checks: RecordView[]): Stop {
  const looked = checks.find((check) => !check.data.skipped_reason)
  return { point, checks, check: looked ?? checks[0] ?? null, faulty: checks.some((check) => check.data.ok === false) }
}

/** The stop whose code was read; null where it is none of this route. */
export function stopOfCode(run: Run, code: string): Stop | null {
  return run.stops.find((stop) => stop.point.data.code && stop.point.data.code === code.trim()) ?? null
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
export function gpsCheck(here: Point, distance: number | null): Values {
  return { how: 'gps', location: here, distance_m: distance === null ? null : distance.toFixed(1), ok: true }
}

/** Values of a check-in at a point indoors: no fix is asked for, and it counts like any other. */
export function indoorCheck(reason: string): Values {
  return { how: 'manual', manual_reason: reason, ok: true }
}

/** Values every check-in and skip has. */
export function checkOf(run: Run, point: RecordView): Values {
  return { patrol: run.patrol.id, point: point.id, checked_at: new Date().toISOString() }
}
