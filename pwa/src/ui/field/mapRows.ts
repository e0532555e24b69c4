/** What the rows of this phone put on a map: grids, buildings, points, issues. */
import { contains, placeOf, ringsOf, type LonLat } from '@/core/map/shape'
import type { RecordView, Workspace } from '@/services/workspace'
import type { Cell, Here, Kind, Shown, Thing, Tone } from '@/ui/map/shown'
import { metresBetween } from '@/ui/shared/place'
import { pointOf } from '@/core/map/shape'
import { buildingName, buildingNumber } from './address'
import { isOver } from './issues'
import { itemName, readClasses } from './taxonomy'

/** Labels of codes, as the session gives them. */
export type CodeLabel = (type: string, field: string, code: unknown) => string

/** What waits for this person is red, what waits for somebody amber, what is over grey. */
const TONES: Record<string, Tone> = { returned: 'urgent', handled: 'accent' }

export function toneOf(issue: RecordView): Tone {
  return isOver(issue) ? 'done' : (TONES[String(issue.data.state)] ?? 'waits')
}

export async function readShown(work: Workspace, label: CodeLabel): Promise<Shown> {
  const [areas, buildings, points, issues, classes] = await Promise.all([
    work.list('area'), work.list('building'), work.list('point'), work.list('issue'), readClasses(work),
  ])
  const places = await placesOf(work, issues, buildings)
  const things = [
    ...buildings.map((row) => thing(row, 'building', buildingNumber(row) || buildingName(row), String(row.data.estate ?? ''), 'plain')),
    ...points.map((row) => thing(row, 'point', String(row.data.name ?? ''), label('point', 'kind', row.data.kind), 'accent')),
    ...issues.map((row) => thing(row, 'issue', itemName(classes, row.data.item_code), label('issue', 'state', row.data.state), toneOf(row), places.get(row.id))),
  ]
  return { cells: cellsOf(areas), things: things.filter((one) => one !== null) }
}

export function cellsOf(areas: RecordView[]): Cell[] {
  return areas.flatMap((area) => {
    const rings = ringsOf(area.data.boundary)
    return rings && area.scope.startsWith('grid:') ? [{ scope: area.scope, name: String(area.data.name ?? ''), rings }] : []
  })
}

function thing(row: RecordView, kind: Kind, name: string, below: string, tone: Tone, elsewhere?: LonLat): Thing | null {
  const at = placeOf(row.data.location) ?? elsewhere
  return at ? { id: row.id, kind, at, name, below, tone } : null
}

/** An issue without a place of its own stands where its building does. */
async function placesOf(work: Workspace, issues: RecordView[], buildings: RecordView[]): Promise<Map<string, LonLat>> {
  const at = new Map(buildings.map((row) => [row.id, placeOf(row.data.location)]))
  const named = issues.filter((row) => row.data.place && !row.data.location)
  const homes = new Map((await work.views(named.map((row) => String(row.data.place)))).map((row) => [row.id, String(row.data.building ?? row.id)]))
  const found = new Map<string, LonLat>()
  for (const row of named) {
    const place = at.get(homes.get(String(row.data.place)) ?? '')
    if (place) found.set(row.id, place)
  }
  return found
}

/** Scope of the grid that a place lies in; null where it lies in none of these. */
export function gridAt(cells: Cell[], at: LonLat): string | null {
  return cells.find((cell) => contains(cell.rings, at))?.scope ?? null
}

/** Where a thing's page is. */
export function pageOf({ kind, id }: Pick<Thing, 'kind' | 'id'>) {
  if (kind === 'issue') return { name: 'issue', params: { id } }
  return kind === 'building' ? { name: 'households', query: { building: id } } : { name: 'record', params: { id } }
}

export interface Listed extends Thing {
  /** null: nobody asked where this phone is. */
  metres: number | null
}

/** The same as a list: nearest first once the phone was located, else issues, points, buildings by name. */
export function listed(things: Thing[], here: Here | null): Listed[] {
  const order: Kind[] = ['issue', 'point', 'building']
  const names = new Intl.Collator('zh-CN', { numeric: true })
  const rows = things.map((one) => ({ ...one, metres: here ? metresBetween(pointOf(here.at), pointOf(one.at)) : null }))
  return rows.sort((a, b) => (a.metres ?? 0) - (b.metres ?? 0) || order.indexOf(a.kind) - order.indexOf(b.kind) || names.compare(a.below, b.below) || names.compare(a.name, b.name))
}
