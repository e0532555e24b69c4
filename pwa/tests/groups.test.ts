/** Households split, merged and moved out: each one group, taken back whole, and what people see in between. */
import { beforeEach, describe, expect, test } from 'vitest'
import { headIsAmong, merge, MOST_LEAVING, MOST_MOVING, moveOut, split } from '@/ui/field/groups'
import { readHousehold, type Household } from '@/ui/field/household'
import { samePeople } from '@/ui/field/samePeople'
import { readEntries } from '@/ui/field/corpusReading'
import { together } from '@/ui/field/changes'
import { initialsOf } from '@/ui/field/initials'
import type { HouseholdEntry } from '@/ui/field/corpus'
import { bench, GRID, uuid, type Bench } from './sync/script'

const [B, D, D2, H, H2] = [1, 2, 3, 4, 5].map(uuid)
const person = (n: number): string => uuid(100 + n)
const link = (n: number): string => uuid(300 + n)
const ON = '2026-11-22'
let on: Bench

async function start(members: number): Promise<void> {
  on = await bench((script) => {
    script.put(GRID, 'building', B, { building_no: '3' })
    for (const dwelling of [D, D2]) script.put(GRID, 'dwelling', dwelling, { building: B, room_no: dwelling === D ? '501' : '502' })
    script.put(GRID, 'household', H, { dwelling: D, head: person(0), contact_person: '张三' })
    script.put(GRID, 'household', H2, { dwelling: D2, contact_person: '李四' })
    for (let n = 0; n < members; n++) {
      script.put(GRID, 'resident', person(n), { name: `住户${n}`, relation_to_head: n ? 'son' : 'head', residence_status: 'permanent', birth_date: '1990-01-01' })
      script.put(GRID, 'residence', link(n), { resident: person(n), dwelling: D, household: H, kind: 'own' })
    }
  })
  await on.work.sync()
}
const page = async (id = H): Promise<Household> => (await readHousehold(on.work, id)) as Household
const names = async (id: string): Promise<unknown[]> => (await page(id)).members.map((one) => one.data.name)

/** One group, numbered without gaps, sent as such. */
async function isOneGroup(changes: number): Promise<void> {
  const items = await on.work.outboxItems()
  expect(items.map((item) => item.n)).toEqual(Array.from({ length: changes }, (_, at) => at + 1))
  expect(new Set(items.map((item) => item.group)).size).toBe(1)
  expect(items[0]!.group).toBeTruthy()
  expect(together(items).map((one) => [one.item.type, one.others])).toEqual([['household', changes - 1]])
}

beforeEach(() => start(3))

describe('moving out', () => {
  test('of everybody ends the household and every residence in one group', async () => {
    await moveOut(on.work, await page(), { people: [0, 1, 2].map(person), on: ON, to: '济南', newHead: null })
    await isOneGroup(7)
    const after = await page()
    expect([after.household.data.moved_out_on, after.household.data.move_to, after.members]).toEqual([ON, '济南', []])
    expect((await on.work.view(person(1)))!.data.residence_status).toBe('moved_out')
  })
  test('of the head alone leaves the household to the others, with the head they chose', async () => {
    expect([headIsAmong(await page(), [person(0)]), headIsAmong(await page(), [person(1)])]).toEqual([true, false])
    await moveOut(on.work, await page(), { people: [person(0)], on: ON, to: null, newHead: person(2) })
    const after = await page()
    expect([after.household.data.moved_out_on ?? null, after.household.data.head]).toEqual([null, person(2)])
    expect(await names(H)).toEqual(['住户2', '住户1'])
  })
  test('is taken back whole, from any of its changes', async () => {
    const before = await page()
    await moveOut(on.work, before, { people: [0, 1, 2].map(person), on: ON, to: null, newHead: null })
    await on.work.undo((await on.work.outboxItems())[4]!.change)
    expect(await page()).toEqual(before)
  })
})

describe('splitting', () => {
  test('gives the new household its people, head and relations, and keeps the old residences, ended', async () => {
    const { id } = await split(on.work, await page(), { people: [person(1), person(2)], head: person(1), newHead: null, relations: { [person(2)]: 'sibling' }, on: ON, place: null })
    const made = await page(id)
    expect(await names(id)).toEqual(['住户1', '住户2'])
    expect(await names(H)).toEqual(['住户0'])
    expect([made.household.data.dwelling, made.household.data.head, made.household.data.contact_person]).toEqual([D, person(1), '住户1'])
    expect(made.members.map((one) => one.data.relation_to_head)).toEqual(['head', 'sibling'])
    expect((await on.work.view(link(1)))!.data.to_on).toBe(ON)
    expect(made.residences.map((one) => [one.data.kind, one.data.from_on])).toEqual([['own', ON], ['own', ON]])
    await isOneGroup(7)
  })
  test('into a new dwelling makes the dwelling first', async () => {
    const { id } = await split(on.work, await page(), { people: [person(0)], head: person(0), newHead: null, relations: {}, on: ON, place: { values: { building: B, room_no: '601' } } })
    const made = await page(id)
    expect([made.dwelling?.data.room_no, (await on.work.outboxItems())[0]!.type]).toEqual(['601', 'dwelling'])
    expect((await page()).household.data.head ?? null).toBeNull()
  })
  test('goes out in one push, whole', async () => {
    await split(on.work, await page(), { people: [person(1)], head: person(1), newHead: null, relations: {}, on: ON, place: { dwelling: D2 } })
    const waiting = (await on.work.outboxItems()).length
    await on.work.sync()
    const pushes = on.script.calls.filter((call) => call.path === '/sync/push')
    expect(pushes.map((call) => (call.body.changes as unknown[]).length)).toEqual([waiting])
  })
})

describe('merging', () => {
  test('moves everybody over and ends the household that they left', async () => {
    await merge(on.work, await page(), await page(H2), { on: ON, relations: { [person(1)]: 'grandchild' } }, '并入 3-502')
    expect(await names(H2)).toEqual(['住户0', '住户1', '住户2'])
    const left = await page()
    expect([left.members, left.household.data.moved_out_on, left.household.data.move_to]).toEqual([[], ON, '并入 3-502'])
    const relations = (await page(H2)).members.map((one) => one.data.relation_to_head ?? null)
    expect(relations).toEqual([null, 'grandchild', null]) // what they were elsewhere holds no more
  })
})

test('the most people that are allowed fit into one group, a household of sixty among them', async () => {
  await start(MOST_LEAVING)
  const all = (await page()).members.map((one) => one.id)
  const gone = await moveOut(on.work, await page(), { people: all, on: ON, to: null, newHead: null })
  expect(gone.length).toBeLessThanOrEqual(200)
  await on.work.undo(gone[0]!.change)
  const some = all.slice(0, MOST_MOVING)
  const { written } = await split(on.work, await page(), { people: some, head: some[0]!, newHead: all.at(-1)!, relations: {}, on: ON, place: { values: { building: B, room_no: '601' } } })
  expect(written.length).toBeLessThanOrEqual(200)
})

test('somebody of the same name is told while typing, unless the birthday speaks against it', async () => {
  let entries: HouseholdEntry[] = []
  await readEntries(on.work, initialsOf, () => true, (part) => (entries = part))
  const found = async (name: string, birth: string | null) => (await samePeople(on.work, entries, name, birth)).map((one) => [one.person.id, one.address])
  expect(await found('住户1', '1990-01-01')).toEqual([[person(1), '3-501']])
  expect(await found('住户1', null)).toEqual([[person(1), '3-501']])
  expect(await found('住户1', '1991-01-01')).toEqual([])
  expect(await found('住户', null)).toEqual([])
})

test('own phrases are kept sealed on the phone and never sent', async () => {
  await on.work.keepPhrases(['老人在家，一切正常'])
  expect(await on.work.phrases()).toEqual(['老人在家，一切正常'])
  await on.work.sync()
  expect(JSON.stringify(on.script.calls.map((call) => call.body))).not.toContain('一切正常')
  expect(await on.work.outboxItems()).toEqual([])
})
