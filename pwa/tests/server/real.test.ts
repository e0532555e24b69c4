/** The real client against the real server: what a morning without signal ends in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MemoryInstallation, memoryPhone } from '@/services/headless'
import type { RecordView, Workspace } from '@/services/workspace'
import { desk, RealServer, type Demo } from './server'

let server: RealServer
let demo: Demo
let grid: string
beforeAll(async () => {
  ;({ server, demo } = await RealServer.start(30))
  grid = demo.users.worker1.scopes[0]
}, 120_000)
afterAll(() => server.end())

/** A link that can be cut: before the request leaves, or after the server answered. */
function link() {
  const state = { cut: null as null | 'request' | 'answer', path: '', cuts: 0 }
  const fetching: typeof fetch = async (input, init) => {
    const hit = state.cut !== null && String(input).includes(state.path)
    if (hit && state.cut === 'request') throw new TypeError('cut')
    const answer = await fetch(input, init)
    if (hit) {
      state.cuts += 1
      await answer.arrayBuffer()
      throw new TypeError('cut')
    }
    return answer
  }
  return { state, fetching }
}

interface Held {
  work: Workspace
  installation: MemoryInstallation
  cut: ReturnType<typeof link>['state']
  fetching: typeof fetch
}

async function phone(username: string): Promise<Held> {
  const { state, fetching } = link()
  const installation = new MemoryInstallation()
  const work = await memoryPhone({ origin: server.url, fetch: fetching, installation }).login(username, 'grid-demo')
  expect((await work.sync()).outcome).toBe('complete')
  return { work, installation, cut: state, fetching }
}

const household = async (work: Workspace, at = 0): Promise<RecordView> =>
  (await work.list('household', { scope: grid }))[at]
const again = async (work: Workspace, view: RecordView): Promise<RecordView> => (await work.view(view.id)) as RecordView

/** Same rows and values on both phones, for one scope. */
async function same(one: Workspace, other: Workspace): Promise<void> {
  for (const type of ['household', 'resident', 'visit', 'issue', 'patrol', 'check']) {
    const pair = await Promise.all([one, other].map((work) => work.list(type, { scope: grid })))
    const [left, right] = pair.map((views) => views.map(({ id, rev, data }) => ({ id, rev, data })))
    expect(left).toEqual(right)
  }
}

test('the first load holds the rows of the own scopes and no others', async () => {
  const { work } = await phone('worker1')
  expect(await work.count('household')).toBe(30)
  expect(new Set((await work.list('household')).map((view) => view.scope))).toEqual(new Set([grid]))
  expect(work.status().problems).toEqual([])
  const ends = (await work.list('resident'))
    .map((view) => view.data.id_no)
    .filter((value) => value !== null && value !== undefined)
  for (const end of ends) expect(Object.keys(end as object).sort()).toEqual(['hint', 'v'])
})

test('a morning without signal: edits, a visit, an issue, a patrol; the app killed; all delivered at noon', async () => {
  const held = await phone('worker1')
  Object.assign(held.cut, { cut: 'request', path: '/api/v1' })
  const first = await household(held.work, 1)
  await held.work.update(first, { contact_phone: '13911110001', note: '敲门三次' })
  await held.work.create(
    'visit',
    { household: first.id, kind: 'routine', method: 'in_person', result: 'met', started_at: '2026-11-22T01:00:00Z' },
    { scope: grid },
  )
  const item = (await held.work.list('taxonomy')).find((one) => one.data.kind === 'issue_item')
  const code = String(item?.data.code ?? '0203')
  await held.work.create(
    'issue',
    { item_code: code, title: '路灯不亮', address_text: '3号楼前' },
    { scope: grid, transition: { action: 'submit' } },
  )
  const [route] = await held.work.list('route')
  const patrol = await held.work.create(
    'patrol',
    { route: route.id, started_at: '2026-11-22T01:10:00Z' },
    { scope: grid },
  )
  const [point] = await held.work.list('point', { scope: grid })
  await held.work.create(
    'check',
    { patrol: patrol.record, point: point.id, checked_at: '2026-11-22T01:12:00Z', how: 'manual', reason: 'gps' },
    { scope: grid },
  )
  expect((await held.work.sync()).outcome).toBe('offline')
  held.installation.crash()
  held.cut.cut = null
  const work = await memoryPhone({ origin: server.url, fetch: held.fetching, installation: held.installation }).open(
    demo.users.worker1.id,
  )
  expect((await work.outboxItems()).length).toBe(5)
  // the app was killed, not logged out: this jar is new, so the drain token hands in and a login brings rows
  await work.login('grid-demo')
  expect((await work.sync()).outcome).toBe('complete')
  const items = await work.journalItems()
  expect(items.map((one) => [one.type, one.state, one.reason])).toEqual(items.map((one) => [one.type, 'sent', null]))
  expect(work.status().sent).toEqual({ n: 5, of: 5 })
  expect((await again(work, first)).data.note).toBe('敲门三次')
  expect((await work.list('issue')).find((view) => view.data.title === '路灯不亮')?.data.number).toBeTruthy()
})

test('an answer lost five times leaves one change on the server', async () => {
  const held = await phone('worker1')
  const view = await household(held.work, 2)
  const before = view.ver
  await held.work.update(view, { note: `once ${before}` })
  Object.assign(held.cut, { cut: 'answer', path: '/sync/push' })
  for (let n = 0; n < 5; n++) expect((await held.work.sync()).outcome).toBe('offline')
  expect(held.cut.cuts).toBe(5)
  held.cut.cut = null
  expect((await held.work.sync()).outcome).toBe('complete')
  expect((await again(held.work, view)).ver).toBe(before + 1)
  expect((await held.work.journalItems())[0].state).toBe('sent')
})

test('a snapshot that breaks off again and again is whole in the end', async () => {
  const inner = fetch
  let breaks = 0
  const breaking: typeof fetch = async (input, init) => {
    const answer = await inner(input, init)
    if (!String(input).includes('/snapshot/grid') || breaks >= 3) return answer
    breaks += 1
    const text = await answer.text()
    return new Response(text.slice(0, Math.floor(text.length * 0.7)), { headers: answer.headers })
  }
  const work = await memoryPhone({ origin: server.url, fetch: breaking }).login('worker1', 'grid-demo')
  let rounds = 0
  while ((await work.sync()).outcome !== 'complete' && rounds < 10) rounds += 1
  expect([breaks, await work.count('household')]).toEqual([3, 30])
  await work.sync()
  expect(work.status().problems.filter((one) => one.kind === 'digest_mismatch')).toEqual([])
})

describe('two workers and one field, both offline', () => {
  test('one value stands, the other waits; the office settles it; both phones agree', async () => {
    const [one, two] = [await phone('worker1'), await phone('worker2')]
    const [mine, theirs] = [await household(one.work, 3), await household(two.work, 3)]
    expect(theirs.id).toBe(mine.id)
    await one.work.update(mine, { contact_phone: '13900000001', note: 'from one' })
    await two.work.update(theirs, { contact_phone: '13900000002', e_bike: 7 })
    expect((await one.work.sync()).outcome).toBe('complete')
    expect((await two.work.sync()).outcome).toBe('complete')
    const [lost] = await two.work.journalItems()
    expect([lost.state, lost.reason]).toEqual(['conflict', 'field'])
    const mark = (await again(two.work, theirs)).marks.contact_phone
    expect([mark.state, mark.conflict?.current.value, mark.conflict?.incoming.value]).toEqual([
      'conflict',
      '13900000001',
      '13900000002',
    ])
    expect((await again(two.work, theirs)).data).toMatchObject({
      contact_phone: '13900000001',
      e_bike: 7,
      note: 'from one',
    })
    expect(two.work.status().attention.conflicts).toBe(1)

    const office = await desk(server, 'clerk1')
    const { items } = (await office.get('/office/review?kind=conflict')) as {
      items: { id: string; record: string; scope: string; rev: string }[]
    }
    const waiting = items.find((item) => item.record === mine.id)!
    await office.settle('conflict', waiting, { choose: 'incoming' })

    for (const work of [one.work, two.work, one.work]) expect((await work.sync()).outcome).toBe('complete')
    expect((await again(one.work, mine)).data.contact_phone).toBe('13900000002')
    expect((await again(two.work, theirs)).marks).toEqual({})
    const [settled] = await two.work.journalItems()
    expect([settled.state, settled.reason, two.work.status().attention.conflicts]).toEqual([
      'merged',
      'settled_incoming',
      0,
    ])
    await same(one.work, two.work)
  })

  test('different fields merge and the verdict says so', async () => {
    const [one, two] = [await phone('worker1'), await phone('worker2')]
    const [mine, theirs] = [await household(one.work, 4), await household(two.work, 4)]
    await one.work.update(mine, { contact_person: '甲' })
    await two.work.update(theirs, { pets: 3 })
    await one.work.sync()
    await two.work.sync()
    expect((await two.work.journalItems())[0]).toMatchObject({ state: 'merged', reason: 'parallel' })
    await one.work.sync()
    await same(one.work, two.work)
  })
})

test('work after the session ended is handed in by the drain token; rows wait for the login', async () => {
  const held = await phone('worker1')
  const view = await household(held.work, 5)
  await held.work.update(view, { note: 'by drain' })
  await held.work.logout()
  expect((await held.work.sync()).outcome).toBe('drained')
  expect((await held.work.outboxItems()).length).toBe(0)
  await held.work.login('grid-demo')
  expect((await held.work.sync()).outcome).toBe('complete')
  expect((await again(held.work, view)).data.note).toBe('by drain')
})

test('a sealed number leaves only its end on the phone', async () => {
  const { work, installation } = await phone('worker1')
  const [person] = await work.list('resident', { scope: grid })
  await work.update(person, { id_no: '370199199003074477' })
  expect((await again(work, person)).data.id_no).toMatchObject({ hint: '…4477' })
  await work.sync()
  expect((await work.journalItems())[0].state).toBe('sent')
  const { store, boxes } = await installation.open(demo.users.worker1.id)
  const rows = await store.read(['journal', 'base'], async (tx) => [
    ...(await tx.range('journal', 'acked')).map((row) => ['journal', row] as const),
    ...(await tx.range('base', 'key')).map((row) => ['base', row] as const),
  ])
  const texts = await Promise.all(
    rows.map(async ([table, row]) => JSON.stringify(await boxes.open(`${table}:${row.id}`, row.box))),
  )
  expect(texts.join()).not.toContain('370199199003074477')
})

test('a number above what one may see, a child before its parent, an impossible value: each gets its verdict, the rest goes on', async () => {
  const { work } = await phone('worker1')
  const foreign = demo.users.worker3.scopes[0]
  await work.create('household', { contact_person: 'x' }, { scope: foreign })
  await work.create(
    'visit',
    { household: work.newId(), kind: 'routine', method: 'in_person', result: 'met' },
    { scope: grid },
  )
  await work.update(await household(work, 6), { note: 'fine' })
  expect((await work.sync()).outcome).toBe('complete')
  const states = (await work.journalItems()).map((item) => [item.n, item.state, item.reason]).sort()
  expect(states).toEqual([
    [1, 'quarantined', 'forbidden'],
    [2, 'parked', 'missing_parent'],
    [3, 'sent', null],
  ])
  expect(work.status().attention).toMatchObject({ parked: 1, quarantined: 1 })
})

test('a grant that ends: work is handed in first, then the rows go', async () => {
  const held = await phone('worker2')
  const second = demo.users.worker2.scopes[1]
  const [view] = await held.work.list('household', { scope: second })
  await held.work.update(view, { note: 'typed before the grant ended' })
  server.flask('grant', 'end', 'worker2', second)
  expect((await held.work.sync()).outcome).toBe('complete')
  expect(await held.work.view(view.id)).toBeNull()
  expect(held.work.grants().some((grant) => grant.scope === second)).toBe(false)
  const [item] = await held.work.journalItems()
  expect([item.state, item.reason]).toEqual(['parked', 'late_scope'])
  server.flask('grant', 'add', 'worker2', second)
  expect((await held.work.sync()).outcome).toBe('complete')
  expect((await held.work.list('household', { scope: second })).length).toBe(30)
}, 30_000)

test('the server killed during pushes loses nothing and doubles nothing', async () => {
  const held = await phone('worker1')
  const targets = (await held.work.list('household', { scope: grid })).slice(7, 27)
  for (const view of targets) await held.work.update(view, { note: `killed ${view.ver}` })
  const running = held.work.sync()
  await server.down('SIGKILL')
  await running
  await server.up()
  let rounds = 0
  while ((await held.work.sync()).outcome !== 'complete' && rounds < 5) rounds += 1
  expect((await held.work.outboxItems()).length).toBe(0)
  for (const view of targets) expect((await again(held.work, view)).ver).toBe(view.ver + 1)
}, 90_000)

test('a database put back is noticed and healed from the phone', async () => {
  const held = await phone('worker1')
  const view = await household(held.work, 8)
  await held.work.update(view, { note: 'before the copy' })
  await held.work.sync()
  await server.down()
  const back = server.copy()
  await server.up()
  await held.work.update(await again(held.work, view), { note: 'after the copy' })
  const made = await held.work.create(
    'visit',
    { household: view.id, kind: 'routine', method: 'in_person', result: 'met' },
    { scope: grid },
  )
  await held.work.sync()
  expect(await held.work.outboxItems()).toEqual([])
  await server.down()
  back()
  await server.up()
  let rounds = 0
  while ((await held.work.sync()).outcome !== 'complete' && rounds < 5) rounds += 1
  expect((await again(held.work, view)).data.note).toBe('after the copy')
  const other = await phone('worker1')
  expect((await other.work.view(view.id))?.data.note).toBe('after the copy')
  expect(await other.work.view(made.record)).not.toBeNull()
  await same(held.work, other.work)
}, 90_000)
