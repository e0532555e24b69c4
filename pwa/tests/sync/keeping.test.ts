/** Syncing by itself: at once, after writes, after pauses, one loop across tabs. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { bench, GRID, offline, problem, uuid, type Bench } from './script'

let on: Bench
afterEach(() => on.work.stop())

/** Lets everything that is ready run; nothing here waits for real time. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 20; n++) await new Promise((go) => setImmediate(go))
}
const rounds = (): number => on.script.calls.filter((call) => call.path === '/sync/hello').length
const begin = async (): Promise<void> => {
  on = await bench((script) => script.put(GRID, 'household', uuid(1), {}))
  on.work.start()
  await until(() => asleep(1))
}
/** The nth round is over and the next one is planned. */
const asleep = (nth: number): boolean =>
  rounds() === nth && on.work.status().phase === 'idle' && on.clock.sleeping() > 0
const until = (holds: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(holds()).toBe(true), { timeout: 10_000, interval: 5 })

describe('a workspace that was started', () => {
  test('syncs at once, then every few minutes', async () => {
    await begin()
    // the status is read from the store again after each round: a moment later than the round's end
    await until(() => on.work.status().online === true)
    on.clock.advance(6 * 60_000)
    await until(() => asleep(2))
  })

  test('sends soon after a write, a burst of writes together', async () => {
    await begin()
    for (let n = 0; n < 5; n++) await on.work.create('visit', { household: uuid(1) }, { scope: GRID })
    expect(rounds()).toBe(1)
    on.clock.advance(10_000)
    await until(() => on.script.ledger.size === 5)
    expect(on.script.calls.filter((call) => call.path === '/sync/push').length).toBe(1)
  })

  test('pauses longer after each fault, says when it tries again, and does not hammer after writes', async () => {
    on = await bench()
    on.script.next('/sync/hello', offline, 3)
    on.work.start()
    await until(() => on.work.status().retry_at !== null)
    expect(on.work.status().online).toBe(false)
    await on.work.create('household', {}, { scope: GRID })
    on.clock.advance(900)
    await settle()
    expect(rounds()).toBe(1)
    for (const nth of [2, 3, 4]) {
      on.clock.advance(20_000)
      await until(() => asleep(nth))
    }
    await until(() => on.work.status().retry_at === null)
    expect([on.work.status().online, on.script.ledger.size]).toEqual([true, 1])
  })

  test('waits as long as the server asked', async () => {
    on = await bench()
    on.script.next('/sync/hello', () => problem(503, 'busy', { 'retry-after': '100' }))
    on.work.start()
    await until(() => on.work.status().retry_at !== null)
    on.clock.advance(99_000)
    await settle()
    expect(rounds()).toBe(1)
    on.clock.advance(30_000)
    await until(() => rounds() === 2)
  })

  test('stops when told, and after a wipe', async () => {
    await begin()
    on.work.stop()
    on.clock.advance(60 * 60_000)
    await settle()
    expect(rounds()).toBe(1)
    on.script.hello = { actions: ['wipe'] }
    on.work.start()
    await until(() => on.work.status().wiped)
    on.clock.advance(60 * 60_000)
    await settle()
    expect(rounds()).toBe(3)
  })

  test('a call to sync joins the round that runs', async () => {
    on = await bench()
    const [one, two] = await Promise.all([on.work.sync(), on.work.sync()])
    expect([one, rounds()]).toEqual([two, 1])
  })
})

test('the catalogue is fetched once and then only asked for by its tag', async () => {
  on = await bench()
  const asked: (string | null)[] = []
  on.script.handlers.push((call) => {
    if (call.path !== '/catalog') return undefined
    asked.push(call.tag)
    const usual = on.script.usual(call)
    return call.tag === '"c1"'
      ? new Response(null, { status: 304 })
      : new Response(usual.body, { headers: { 'content-type': 'application/json', etag: '"c1"' } })
  })
  await on.work.sync()
  await on.work.sync()
  expect([asked, on.work.catalog()?.schema]).toEqual([[null, '"c1"'], 1])
})

test('a track that the server has forgotten is forgotten here, with what was kept of its sending', async () => {
  on = await bench((script) => script.put(GRID, 'patrol', uuid(7), {}))
  await on.work.sync()
  const track = await on.work.create('track', { patrol: uuid(7), fixes: '0,117,36,8' }, { scope: GRID })
  const visit = await on.work.create('visit', { household: uuid(1) }, { scope: GRID })
  await on.work.sync()
  expect([(await on.work.list('track')).length, (await on.work.journalItems()).length]).toEqual([1, 2])
  on.script.gone(GRID, track.record, 'undelivered')
  await on.work.sync()
  expect(await on.work.list('track')).toEqual([])
  expect((await on.work.journalItems()).map((item) => item.change)).toEqual([visit.change])
})
