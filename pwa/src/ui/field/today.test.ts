import { describe, expect, it } from 'vitest'
import type { RecordView, Workspace } from '@/services/workspace'
import type { HouseholdEntry } from './corpus'
import { gridNames } from './grids'
import { dueVisits, finishedOn, nextOf, type Day, type Round } from './today'

const household = (id: string, building: string, more: Partial<HouseholdEntry> = {}): HouseholdEntry =>
  ({ id, building, place: id, due: '2026-11-20', movedOut: false, ...more }) as HouseholdEntry
const round = (status: string | null): Round =>
  ({ route: { id: 'r' }, patrol: status && { data: { status } }, left: 3, points: 4 }) as unknown as Round
const issue = (id: string): RecordView => ({ id }) as RecordView
const day = (more: Partial<Day> = {}): Day => ({ rounds: [], returned: [], handed: [], toCheck: [], visited: new Set(), ...more })
const TODAY = '2026-11-26'

describe('visits due today', () => {
  const entries = [
    household('1-101', 'b1', { due: TODAY }),
    household('1-102', 'b1'),
    household('1-103', 'b1', { due: '2026-11-27' }),
    household('1-104', 'b1', { due: null }),
    household('2-101', 'b2', { movedOut: true }),
    household('3-101', 'b3'),
  ]
  it('stand under their buildings, those of tomorrow and of people who moved out do not', () => {
    const due = dueVisits(entries, TODAY, new Set())
    expect(due.map((one) => [one.building, one.households.map((each) => each.id)])).toEqual([['b1', ['1-101', '1-102']], ['b3', ['3-101']]])
  })
  it('where nobody was home are done for today, and due again tomorrow', () => {
    expect(dueVisits(entries, TODAY, new Set(['3-101'])).map((one) => one.building)).toEqual(['b1'])
    expect(dueVisits(entries, '2026-11-27', new Set()).map((one) => one.building)).toEqual(['b1', 'b3'])
  })
})

it('a household that a colleague visited today is not due on this phone either', () => {
  const entries = [household('1-101', 'b1', { visited: `${TODAY}T01:00:00Z` }), household('1-102', 'b1', { visited: '2026-11-25T01:00:00Z' })]
  expect(dueVisits(entries, TODAY, new Set()).flatMap((one) => one.households.map((each) => each.id))).toEqual(['1-102'])
})

describe('routes of the same name', () => {
  const work = (...scopes: string[]): Workspace =>
    ({ grants: () => scopes.map((scope) => ({ scope, revoked_at: null })), list: async () => scopes.map((scope) => ({ scope, data: { name: `网格 ${scope}` } })) }) as unknown as Workspace
  it('are told apart by their grids, where a person holds several', async () => {
    expect([...(await gridNames(work('grid:1', 'grid:2', 'unit:9')))]).toEqual([['grid:1', '网格 grid:1'], ['grid:2', '网格 grid:2']])
  })
  it('need no grid where there is one alone', async () => expect([...(await gridNames(work('grid:1', 'unit:9')))]).toEqual([]))
})

describe('a route', () => {
  const patrol = (status: string, started_at: string): RecordView => ({ data: { status, started_at } }) as unknown as RecordView
  it('is done today when a patrol over it was finished today, by the clock of the service', () => {
    expect(finishedOn(TODAY, [patrol('finished', '2026-11-25T17:00:00Z')])).toBe(true)
    expect(finishedOn(TODAY, [patrol('finished', '2026-11-25T15:00:00Z'), patrol('abandoned', '2026-11-26T01:00:00Z'), patrol('running', '2026-11-26T01:00:00Z')])).toBe(false)
  })
})

describe('the next thing', () => {
  const due = dueVisits([household('3-101', 'b3')], TODAY, new Set())
  it('is what is under way, then what others wait for, then visits, then rounds', () => {
    const all = day({ rounds: [round('finished'), round('running')], returned: [issue('a')], handed: [issue('b')], toCheck: [issue('c')] })
    expect(nextOf(all, due)?.kind).toBe('patrol')
    expect(nextOf({ ...all, rounds: [round(null)] }, due)?.kind).toBe('returned')
    expect(nextOf({ ...all, rounds: [round(null)], returned: [] }, due)?.kind).toBe('handed')
    expect(nextOf(day({ rounds: [round(null)], toCheck: [issue('c')] }), due)?.kind).toBe('visit')
    expect(nextOf(day({ rounds: [round(null)], toCheck: [issue('c')] }), [])?.kind).toBe('patrol')
    expect(nextOf(day({ toCheck: [issue('c')] }), [])?.kind).toBe('check')
  })
  it('is nothing on a day whose rounds are walked', () => expect(nextOf(day({ rounds: [round('finished'), round('abandoned')] }), [])).toBeNull())
})
