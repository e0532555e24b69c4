/** What is near a place, from the rows on the phone: buildings to name it by, and open issues that may be the same. */
import type { Point, RecordView } from '@/services/workspace'
import { metresBetween } from '@/ui/shared/place'
import { isOver } from './issues'

/** Issues closer than this may be one and the same. */
export const SAME_M = 50
/** A building further off than this, and than the error of the fix, does not name the place. */
const BUILDING_M = 60

export interface Near {
  record: RecordView
  /** null: the same building, without a fix. */
  metres: number | null
}

function metresTo(record: RecordView, here: Point | null): number | null {
  const there = record.data.location as Point | null | undefined
  return there && here ? metresBetween(there, here) : null
}

const byMetres = (a: Near, b: Near): number => (a.metres ?? 0) - (b.metres ?? 0)

/** Buildings that a fix may stand for, nearest first. */
export function buildingsNear(buildings: RecordView[], here: Point): Near[] {
  const reach = BUILDING_M + Number(here.accuracy_m ?? 0)
  const near = buildings.map((record) => ({ record, metres: metresTo(record, here) }))
  return near.filter((one) => one.metres !== null && one.metres <= reach).sort(byMetres)
}

export interface Wanted {
  item: string
  /** Where it is; null where nobody gave a fix. */
  here: Point | null
  /** Ids of the building and dwelling it is in. */
  places: (string | null)[]
}

/** Class of an item: its first two digits. */
const classOf = (item: unknown): string => String(item ?? '').slice(0, 2)

/** Open issues of the same class within 50 m, or in the same building; the same item first, then nearest first. */
export function similarIssues(issues: RecordView[], { item, here, places }: Wanted): Near[] {
  const alike = issues.filter((issue) => !isOver(issue) && classOf(issue.data.item_code) === classOf(item))
  const near = alike.map((record) => ({ record, metres: metresTo(record, here) }))
  const same = ({ record, metres }: Near): boolean => (metres !== null && metres <= SAME_M) || (!!record.data.place && places.includes(String(record.data.place)))
  const other = ({ record }: Near): number => (record.data.item_code === item ? 0 : 1)
  return near.filter(same).sort((a, b) => other(a) - other(b) || byMetres(a, b))
}
