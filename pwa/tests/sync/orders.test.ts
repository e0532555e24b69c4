/** Orders of the server, and work typed while they are carried out (PROTOCOL §3.1, §8). */
import { sealToServer } from '@/adapters/envelope'
import { describe, expect, test } from 'vitest'
import { meetGrants, purgeLeft } from '@/core/sync/scopes'
import { openRun, type Run } from '@/core/sync/run'
import { wipe } from '@/core/sync/wipe'
import { bench, GRID, offline, problem, seeded, uuid, type Bench } from './script'

const H = uuid(1)

async function loaded(): Promise<Bench> {
  const on = await bench((script) => script.put(GRID, 'household', H, { contact_person: '张三' }))
  expect((await on.work.sync()).outcome).toBe('complete')
  return on
}

const edit = async (on: Bench, note: string): Promise<string> =>
  (await on.work.update((await on.work.view(H))!, { note })).change

describe('what the server may ask of a device', () => {
  test('reregister: the next login takes a new device and numbers the outbox from 1, ids stay', async () => {
    const on = await loaded()
    await edit(on, 'one')
    await on.work.sync()
    await edit(on, 'two')
    await edit(on, 'three')
    const ids = (await on.work.outboxItems()).map((item) => item.change)
    on.script.hello = { actions: ['reregister'] }
    on.script.next('/sync/push', offline)
    await on.work.sync()
    expect(on.work.status().session).toBe('needed')
    on.script.hello = {}
    on.script.device = uuid(999)
    await on.work.login('secret')
    expect((await on.work.outboxItems()).map((item) => [item.change, item.n])).toEqual([
      [ids[0], 1],
      [ids[1], 2],
    ])
    await on.work.sync()
    expect(on.script.calls.filter((call) => call.path === '/sync/push').pop()?.body.device).toBe(uuid(999))
    expect((await edit(on, 'four')) && (await on.work.outboxItems())[0].n).toBe(3)
  })

  test('upgrade: rows wait for a newer app, sending goes on', async () => {
    const on = await loaded()
    await edit(on, 'typed')
    on.script.hello = { min_schema: 2 }
    on.script.calls = []
    expect((await on.work.sync()).outcome).toBe('upgrade')
    expect([on.script.ledger.size, on.work.status().upgrade, on.script.paths().includes('/sync/pull')]).toEqual([
      1,
      true,
      false,
    ])
  })

  test('wipe: hands in what waits, then removes everything, and says so', async () => {
    const on = await loaded()
    await edit(on, 'typed')
    on.script.hello = { actions: ['wipe'] }
    on.script.next('/sync/push', () => problem(503, 'busy'))
    await on.work.sync()
    expect([await on.work.count('household'), on.work.status().wiped]).toEqual([1, false])
    expect((await on.work.sync()).outcome).toBe('wiped')
    expect(on.script.ledger.size).toBe(1)
    expect([await on.work.count('household'), await on.work.journalItems(), on.work.status().wiped]).toEqual([
      0,
      [],
      true,
    ])
    await expect(on.work.create('household', {}, { scope: GRID })).rejects.toMatchObject({ code: 'closed' })
    const calls = on.script.calls.length
    expect((await on.work.sync()).outcome).toBe('wiped')
    expect(on.script.calls.length).toBe(calls)
  })

  test('come back later: Retry-After is told on', async () => {
    const on = await loaded()
    on.script.next('/sync/hello', () => problem(503, 'busy', { 'retry-after': '7' }))
    expect(await on.work.sync()).toEqual({ outcome: 'offline', retry_after_ms: 7_000 })
  })
})

describe('work typed between the last push and a removal', () => {
  /** The next step of a round on this store, as if the round had come that far. */
  const step = async (on: Bench): Promise<Run> => {
    const { store, boxes } = await on.installation.open(uuid(0xaa))
    const ports = { http: {} as never, clock: on.clock, random: seeded(), storage: async () => null }
    const keys = { envelope: sealToServer, destroyKey: (again: () => Promise<void>) => again() }
    const quiet = { changed: () => undefined, phase: () => undefined, problem: () => undefined }
    return (await openRun({ store, boxes, ...ports, ...keys, app: 'x', schema: 1 }, quiet)) as Run
  }

  test('keeps a scope that is being left until it was sent (L2)', async () => {
    const on = await loaded()
    const run = await step(on)
    await meetGrants(run, [
      { scope: GRID, rights: 'write', gen: 2, revoked_at: '2026-11-22T00:00:00Z', grace_until: null },
    ])
    await edit(on, 'typed just now')
    expect([await purgeLeft(run), await on.work.count('household')]).toEqual([false, 1])
    await on.work.undo((await on.work.outboxItems())[0].change)
    expect([await purgeLeft(run), await on.work.count('household')]).toEqual([true, 0])
  })

  test('holds back a wipe until it was sent (L12)', async () => {
    const on = await loaded()
    await edit(on, 'typed just now')
    expect(await wipe(await step(on))).toBe(false)
    expect([await on.work.count('household'), (await on.work.outboxItems()).length]).toEqual([1, 1])
  })

  test('refuses what is typed after a wipe in a tab that has not heard of it', async () => {
    const on = await loaded()
    expect(await wipe(await step(on))).toBe(true)
    expect(on.work.status().wiped).toBe(false)
    await expect(on.work.create('household', {}, { scope: GRID })).rejects.toMatchObject({ code: 'closed' })
    expect(await on.work.outboxItems()).toEqual([])
  })
})

test('the journal is trimmed at the end of a round, once a backup vouches and 35 days have passed', async () => {
  const on = await loaded()
  await edit(on, 'one')
  await on.work.sync()
  on.script.durable = 1
  await on.work.sync()
  expect((await on.work.journalItems()).length).toBe(1)
  on.clock.advance(36 * 86_400_000)
  await edit(on, 'two')
  await on.work.sync()
  expect((await on.work.journalItems()).map((item) => item.n)).toEqual([2])
})
