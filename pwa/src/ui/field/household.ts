/** Everything one household page shows, from the local store. */
import type { RecordView, Workspace } from '@/services/workspace'

export interface Household {
  household: RecordView
  dwelling: RecordView | null
  building: RecordView | null
  members: RecordView[]
  /** Relations of the members to this household that have not ended, one each. */
  residences: RecordView[]
  /** Newest first. */
  visits: RecordView[]
  issues: RecordView[]
  /** Names of the areas from the top down to the grid. */
  path: string[]
}

const OVER = ['closed', 'evaluated', 'void', 'rejected', 'merged']

export async function readHousehold(work: Workspace, id: string): Promise<Household | null> {
  const household = await work.view(id)
  if (!household) return null
  const dwelling = await linked(work, household.data.dwelling)
  const building = await linked(work, dwelling?.data.building)
  const [links, visits, path, ...issues] = await Promise.all([
    work.list('residence', { parent: id }),
    work.list('visit', { parent: id }),
    areaPath(work, household.scope),
    ...[id, dwelling?.id, building?.id].map((place) => (place ? work.list('issue', { parent: place }) : [])),
  ])
  const current = links.filter((link) => link.data.household === id && !link.data.to_on)
  const members = await work.views(current.map((link) => String(link.data.resident)))
  const open = issues.flat().filter((issue) => !OVER.includes(String(issue.data.state)))
  return {
    household, dwelling, building, path,
    residences: current,
    members: members.sort((a, b) => rank(household, a) - rank(household, b) || ageOrder(a).localeCompare(ageOrder(b))),
    visits: visits.sort((a, b) => timeOf(b).localeCompare(timeOf(a))),
    issues: [...new Map(open.map((issue) => [issue.id, issue])).values()],
  }
}

/** When a visit was: as the person gave it, else when the device wrote it. */
export function timeOf(visit: RecordView): string {
  return String(visit.data.started_at ?? visit.at_device ?? visit.at ?? '')
}

/** Names of the areas above and of the grid itself; a scope names its area. */
export async function areaPath(work: Workspace, scope: string): Promise<string[]> {
  const areas = new Map((await work.list('area')).map((area) => [area.id, area]))
  const path: string[] = []
  for (let at = areas.get(scope.split(':')[1] ?? ''); at; at = areas.get(String(at.data.parent ?? ''))) {
    path.unshift(String(at.data.name))
    if (path.length > 10) break
  }
  return path
}

async function linked(work: Workspace, id: unknown): Promise<RecordView | null> {
  return typeof id === 'string' ? work.view(id) : null
}

/** The head of the household first. */
function rank(household: RecordView, member: RecordView): number {
  if (member.id === household.data.head || member.data.relation_to_head === 'head') return 0
  return member.data.relation_to_head === 'spouse' ? 1 : 2
}

/** Older ones before younger ones, then by name. */
const ageOrder = (member: RecordView): string => `${String(member.data.birth_date ?? '9')} ${String(member.data.name ?? '')}`
