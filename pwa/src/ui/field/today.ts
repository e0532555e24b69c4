/** What today holds for one person: made from the local store, so that it is there without a network. */
import type { RecordView, Workspace } from '@/services/workspace'
import { dayOf } from '@/ui/shared/when'
import type { HouseholdEntry } from './corpus'
import { gridNames } from './grids'
import { isOver } from './issues'

/** A route to walk today, or a patrol over it. */
export interface Round {
  route: RecordView
  /** Name of its grid, '' where this person holds no other. */
  grid: string
  /** The patrol of today, null while none was begun. */
  patrol: RecordView | null
  /** Points not looked at yet, of all. */
  left: number
  points: number
}

export interface Day {
  rounds: Round[]
  /** Reported by this person and sent back for more words. */
  returned: RecordView[]
  /** Given to this person, or to his unit. */
  handed: RecordView[]
  /** Done by somebody else: whether it is done is this person's to see. */
  toCheck: RecordView[]
  /** Ids of households visited today with this phone: "nobody home" leaves the visit due, but not for today. */
  visited: Set<string>
}

/** `units`: scopes of the units this person handles issues for. `today`: YYYY-MM-DD in the service's zone. */
export async function readDay(work: Workspace, today: string, units: string[]): Promise<Day> {
  const [issues, rounds, visited] = await Promise.all([work.list('issue'), readRounds(work, today), visitedToday(work, today)])
  const open = issues.filter((issue) => !isOver(issue))
  return {
    rounds,
    returned: open.filter((issue) => issue.data.state === 'returned' && issue.data.reporter === work.user.id),
    handed: open.filter((issue) => isHanded(issue, work.user.id, units)),
    toCheck: open.filter((issue) => issue.data.state === 'handled' && issue.data.handler !== work.user.id && work.actions(issue).includes('verify_ok')),
    visited,
  }
}

async function visitedToday(work: Workspace, today: string): Promise<Set<string>> {
  const items = [...(await work.outboxItems()), ...(await work.journalItems({ limit: 100 }))].filter((item) => item.type === 'visit' && dayOf(new Date(item.at)) === today)
  return new Set((await work.views(items.map((item) => item.record))).map((visit) => String(visit.data.household)))
}

function isHanded(issue: RecordView, me: string, units: string[]): boolean {
  if (!['dispatched', 'handling'].includes(String(issue.data.state))) return false
  return issue.data.handler === me || units.includes(`unit:${String(issue.data.main_unit)}`)
}

const RUNNING = ['running', 'paused']

/** Routes of this weekday, planned patrols of today, and whatever is under way. */
async function readRounds(work: Workspace, today: string): Promise<Round[]> {
  const [routes, points, patrols, grids] = await Promise.all([work.list('route'), work.list('point'), work.list('patrol'), gridNames(work)])
  const weekday = String(new Date(`${today}T12:00:00Z`).getUTCDay() || 7)
  const ofToday = patrols.filter((one) => RUNNING.includes(String(one.data.status)) || dayOfPatrol(one) === today)
  const rounds = await Promise.all(routes.map(async (route): Promise<Round | null> => {
    const own = ofToday.filter((one) => one.data.route === route.id)
    const patrol = own.find((one) => RUNNING.includes(String(one.data.status))) ?? own[0] ?? null
    const days = Array.isArray(route.data.days) ? route.data.days.map(String) : []
    if (!patrol && !days.includes(weekday)) return null
    const all = points.filter((point) => point.data.route === route.id)
    const checks = patrol ? await work.list('check', { parent: patrol.id }) : []
    return { route, patrol, grid: grids.get(route.scope) ?? '', points: all.length, left: all.filter((point) => !checks.some((check) => check.data.point === point.id)).length }
  }))
  return rounds.flatMap((round) => round ?? [])
}

/** Whether a route was walked to its end on a day. */
export const finishedOn = (day: string, patrols: RecordView[]): boolean => patrols.some((one) => one.data.status === 'finished' && dayOfPatrol(one) === day)

function dayOfPatrol(patrol: RecordView): string {
  const { started_at: started, planned_on: planned } = patrol.data
  return started ? dayOf(new Date(String(started))) : String(planned ?? '')
}

export const isRunning = (round: Round): boolean => RUNNING.includes(String(round.patrol?.data.status))
export const isWalked = (round: Round): boolean => ['finished', 'abandoned'].includes(String(round.patrol?.data.status))

export interface DueBuilding {
  building: string
  /** In the order of their addresses. */
  households: HouseholdEntry[]
}

/** `before`: the day before in any zone; a look at the text spares the calendar for all but a few of thousands. */
const visitedOn = ({ visited }: HouseholdEntry, today: string, before: string): boolean =>
  !!visited && visited.slice(0, 10) >= before && dayOf(new Date(visited)) === today

/** Households whose next visit is due, building by building, without those that were visited today. */
export function dueVisits(entries: readonly HouseholdEntry[], today: string, visited: ReadonlySet<string>): DueBuilding[] {
  const found = new Map<string, HouseholdEntry[]>()
  const before = new Date(Date.parse(today) - 86_400_000).toISOString().slice(0, 10)
  for (const entry of entries) {
    if (!entry.due || entry.due > today || entry.movedOut || visited.has(entry.id)) continue
    if (visitedOn(entry, today, before)) continue // by a colleague, or before this phone was loaded anew
    const list = found.get(entry.building)
    if (list) list.push(entry)
    else found.set(entry.building, [entry])
  }
  return [...found].map(([building, households]) => ({ building, households }))
}

/** What the one button starts: work under way first, then what others wait for, then what is planned. */
export type Next =
  | { kind: 'patrol'; round: Round }
  | { kind: 'returned' | 'handed' | 'check'; issue: RecordView }
  | { kind: 'visit'; household: HouseholdEntry }

export function nextOf(day: Day, due: DueBuilding[]): Next | null {
  const { rounds, returned, handed, toCheck } = day
  const [running, ahead] = [rounds.find(isRunning), rounds.find((round) => !isRunning(round) && !isWalked(round))]
  if (running) return { kind: 'patrol', round: running }
  if (returned[0]) return { kind: 'returned', issue: returned[0] }
  if (handed[0]) return { kind: 'handed', issue: handed[0] }
  if (due[0]?.households[0]) return { kind: 'visit', household: due[0].households[0] }
  if (ahead) return { kind: 'patrol', round: ahead }
  return toCheck[0] ? { kind: 'check', issue: toCheck[0] } : null
}
