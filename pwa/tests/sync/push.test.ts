/** Sending: one verdict a change, nothing lost, nothing blocked (PROTOCOL §3.3, §11). */
import { describe, expect, test, vi } from 'vitest'
import { bench, GRID, GRID2, json, offline, portal, problem, restart, uuid, type Bench, type Call } from './script'
import type { Change } from '@/core/change'
import type { RecordView, Written } from '@/services/workspace'

const H = uuid(1)

async function loaded(): Promise<Bench> {
  const on = await bench((script) =>
    script.put(GRID, 'household', H, { contact_person: '张三', contact_phone: '13800000000' }),
  )
  expect((await on.work.sync()).outcome).toBe('complete')
  return on
}

const seen = async (on: Bench, id = H): Promise<RecordView> => (await on.work.view(id)) as RecordView
const ids = (call: Call): string[] => (call.body.changes as Change[]).map((change) => change.id)

describe('an edit', () => {
  test('is kept on the phone before any network, with what was seen as its from', async () => {
    const on = await loaded()
    const written = await on.work.update(await seen(on), { contact_phone: '13900000000' })
    expect(written.n).toBe(1)
    const work = await restart(on)
    const [item] = await work.outboxItems()
    expect([item.change, item.state, item.fields]).toEqual([written.change, 'unsent', ['contact_phone']])
    await work.sync()
    expect(on.script.sent()[0]).toMatchObject({
      n: 1,
      op: 'update',
      record: H,
      set: { contact_phone: { from: '13800000000', to: '13900000000' } },
    })
  })

  test('carries what the form showed, not what a pull brought meanwhile', async () => {
    const on = await loaded()
    const form = await seen(on)
    on.script.put(GRID, 'household', H, { contact_person: '张三', contact_phone: '13700000000' })
    await on.work.sync()
    await on.work.update(form, { contact_phone: '13900000000' })
    await on.work.sync()
    expect(on.script.sent()[0].set).toEqual({ contact_phone: { from: '13800000000', to: '13900000000' } })
    expect(on.script.sent()[0].base?.rev).toBe(form.rev)
  })

  test('numbers run 1, 2, 3 … without gaps and survive a crash between commits', async () => {
    const on = await loaded()
    for (let n = 1; n <= 3; n++) await on.work.update(await seen(on), { note: `note ${n}` })
    const work = await restart(on)
    await work.update((await work.view(H))!, { note: 'note 4' })
    expect((await work.outboxItems()).map((item) => item.n)).toEqual([1, 2, 3, 4])
  })

  test('shows at once with the server value beside it, and without a mark once delivered', async () => {
    const on = await loaded()
    await on.work.update(await seen(on), { contact_phone: '13900000000' })
    const before = await seen(on)
    expect([before.data.contact_phone, before.marks.contact_phone]).toEqual([
      '13900000000',
      { state: 'unsent', server: '13800000000' },
    ])
    await on.work.sync()
    const after = await seen(on)
    expect([after.data.contact_phone, after.marks, after.unsent]).toEqual(['13900000000', {}, []])
  })
})

describe('verdicts', () => {
  test('move each change to the journal under its state', async () => {
    const on = await loaded()
    const statuses = ['applied', 'merged', 'conflict', 'parked', 'quarantined'] as const
    for (const status of statuses) await on.work.update(await seen(on), { note: status })
    on.script.next('/sync/push', (call) =>
      on.script.verdicts(
        (call.body.changes as Change[]).map((change, at) =>
          on.script.judge(change, { status: statuses[at], reason: at ? 'why' : null }),
        ),
      ),
    )
    await on.work.sync()
    expect(await on.work.outboxItems()).toEqual([])
    const states = (await on.work.journalItems()).map((item) => item.state)
    expect(states.sort()).toEqual(['conflict', 'merged', 'parked', 'quarantined', 'sent'])
  })

  test.each([
    ['one verdict too few (L1: a row filtered out without a word)', (all: unknown[]) => all.slice(1)],
    ['the last verdict missing', (all: unknown[]) => all.slice(0, -1)],
    ['a verdict too many', (all: unknown[]) => [...all, all[0]]],
    ['another id', (all: unknown[]) => [{ ...(all[0] as object), id: uuid(77) }, ...all.slice(1)]],
    ['another order', (all: unknown[]) => [...all].reverse()],
    ['an unknown status', (all: unknown[]) => [{ ...(all[0] as object), status: 'fine' }, ...all.slice(1)]],
    ['a row that is none', (all: unknown[]) => [{ ...(all[0] as object), row: { id: 1 } }, ...all.slice(1)]],
  ])('are ignored whole with %s, and everything is sent again', async (_what, spoil) => {
    const on = await loaded()
    await on.work.update(await seen(on), { note: 'one' })
    await on.work.update(await seen(on), { note: 'two' })
    on.script.next('/sync/push', async (call) => {
      const answer = await on.script.usual(call).json()
      return json({ ...answer, verdicts: spoil(answer.verdicts) })
    })
    expect((await on.work.sync()).outcome).toBe('offline')
    expect((await on.work.outboxItems()).length).toBe(2)
    expect(on.work.status().problems.map((one) => one.kind)).toContain('answer_refused')
    expect((await on.work.sync()).outcome).toBe('complete')
    expect(on.script.ledger.size).toBe(2)
    expect(await on.work.outboxItems()).toEqual([])
  })

  test('with a null id are taken by their place', async () => {
    const on = await loaded()
    await on.work.update(await seen(on), { note: 'one' })
    on.script.next('/sync/push', (call) =>
      on.script.verdicts([
        {
          id: null,
          n: (call.body.changes as Change[])[0].n,
          status: 'quarantined',
          reason: 'invalid',
          replayed: false,
        },
      ]),
    )
    await on.work.sync()
    expect((await on.work.journalItems())[0].state).toBe('quarantined')
  })

  test('carry a row that is taken only if it is not older than the own one', async () => {
    const on = await loaded()
    await on.work.update(await seen(on), { note: 'mine' })
    const newer = on.script.put(GRID, 'household', H, { note: 'newest' })
    on.script.next('/sync/push', (call) =>
      on.script.verdicts([
        on.script.judge((call.body.changes as Change[])[0], { status: 'merged', row: { ...newer, ver: 0 } as never }),
      ]),
    )
    on.script.next('/sync/pull', offline)
    await on.work.sync()
    expect((await seen(on)).ver).toBe(1)
  })

  test('lost on the way back are given again: the same ids are sent, the ledger holds each once (L6)', async () => {
    const on = await loaded()
    await on.work.update(await seen(on), { note: 'one' })
    on.script.next('/sync/push', (call) => {
      on.script.usual(call)
      return offline()
    })
    expect((await on.work.sync()).outcome).toBe('offline')
    expect(on.work.status().unsent.changes).toBe(1)
    await on.work.sync()
    const [first, second] = on.script.sent()
    expect([second.id, second.n]).toEqual([first.id, first.n])
    expect(on.script.ledger.size).toBe(1)
  })
})

describe('a captive portal', () => {
  test('that answers 200 with its own page is a fault of the link: nothing moves', async () => {
    const on = await loaded()
    await on.work.update(await seen(on), { note: 'one' })
    for (const path of ['/sync/hello', '/sync/push', '/sync/pull']) {
      on.script.next(path, portal)
      expect((await on.work.sync()).outcome, path).toBe('offline')
    }
    expect(on.work.status().online).toBe(false)
    expect((await on.work.sync()).outcome).toBe('complete')
    expect((await on.work.view(H))?.data.note).toBe('one')
  })

  test('that answers 401 or 403 in its own words logs nobody out', async () => {
    const on = await loaded()
    for (const status of [401, 403, 400]) {
      on.script.next('/sync/hello', () => new Response('<html>', { status, headers: { 'content-type': 'text/html' } }))
      expect((await on.work.sync()).outcome).toBe('offline')
    }
    expect(on.work.status().session).toBe('ok')
  })

  test('cannot make a login of its page', async () => {
    const on = await loaded()
    on.script.next('/session', portal)
    await expect(on.work.login('secret')).rejects.toMatchObject({ code: 'offline' })
  })
})

describe('a refused request', () => {
  test('is halved by groups until the one that is refused stands alone, then quarantined after three tries', async () => {
    const on = await loaded()
    for (let n = 0; n < 8; n++) await on.work.update(await seen(on), { note: `n${n}` })
    const poison = (await on.work.outboxItems())[5].change
    on.script.handlers.push((call) =>
      call.path === '/sync/push' && ids(call).includes(poison) ? problem(400, 'bad_request') : undefined,
    )
    expect((await on.work.sync()).outcome).toBe('complete')
    expect(on.script.calls.filter((call) => call.path === '/sync/push' && ids(call).join() === poison).length).toBe(3)
    const quarantined = on.script.calls.filter((call) => call.path === '/sync/quarantine')
    expect(quarantined.map((call) => call.body.id)).toEqual([poison])
    expect(JSON.parse(quarantined[0].body.raw as string).set.note.to).toBe('n5')
    expect((await on.work.journalItems()).filter((item) => item.state === 'sent').length).toBe(7)
  })

  test('a 413 of a proxy in any words halves too', async () => {
    const on = await loaded()
    for (let n = 0; n < 4; n++) await on.work.update(await seen(on), { note: `n${n}` })
    on.script.handlers.push((call) =>
      call.path === '/sync/push' && ids(call).length > 1 ? new Response('too big', { status: 413 }) : undefined,
    )
    expect((await on.work.sync()).outcome).toBe('complete')
    expect(on.script.ledger.size).toBe(4)
  })

  test('never splits a group', async () => {
    const on = await loaded()
    await on.work.update(await seen(on), { note: 'before' })
    const view = await seen(on)
    await on.work.group(async (writer) => {
      await writer.update(view, { contact_person: '李四' })
      await writer.create('household', { contact_person: '王五' }, { scope: GRID })
      await writer.create('household', { contact_person: '赵六' }, { scope: GRID })
    })
    on.script.handlers.push((call) =>
      call.path === '/sync/push' && ids(call).length > 3 ? problem(413, 'too_large') : undefined,
    )
    await on.work.sync()
    const batches = on.script.calls.filter((call) => call.path === '/sync/push').map((call) => ids(call).length)
    expect(batches).toEqual([4, 1, 3])
    const group = on.script.sent().slice(-3)
    expect(new Set(group.map((change) => change.group)).size).toBe(1)
    expect(group.map((change) => change.n)).toEqual([2, 3, 4])
  })

  /** A group of three that no push may hold; its first part is in quarantine, the second's request is lost. */
  const halfHandedOver = async () => {
    const on = await loaded()
    const view = await seen(on)
    const group = await on.work.group(async (writer) => {
      await writer.update(view, { contact_person: '李四' })
      await writer.create('household', { contact_person: '王五' }, { scope: GRID })
      await writer.create('household', { contact_person: '赵六' }, { scope: GRID })
    })
    on.script.handlers.push((call) =>
      call.path === '/sync/push' && ids(call).length > 1 ? problem(413, 'too_large') : undefined,
    )
    let taken = 0
    on.script.handlers.push((call) => {
      if (call.path !== '/sync/quarantine' || ++taken !== 2) return undefined
      throw new TypeError('lost')
    })
    expect((await on.work.sync()).outcome).toBe('offline')
    return { on, group }
  }

  const handedOverWhole = async (on: Bench, group: Written[]): Promise<void> => {
    expect((await on.work.sync()).outcome).toBe('complete')
    const alone = on.script.calls.filter((call) => call.path === '/sync/push' && ids(call).length < 3)
    expect(alone).toEqual([])
    const states = (await on.work.journalItems()).map((item) => [item.change, item.state])
    expect(states.sort()).toEqual(group.map((one) => [one.change, 'quarantined']).sort())
  }

  test('a group that is handed over broken off by the link is handed over whole: its rest is not tried alone', async () => {
    const { on, group } = await halfHandedOver()
    await handedOverWhole(on, group)
  })

  test('a group that is handed over while the server goes back is handed over whole: what it forgot is not tried alone', async () => {
    const { on, group } = await halfHandedOver()
    on.script.timeline = 't2'
    on.script.ledger.clear()
    await handedOverWhole(on, group)
  })

  test('what a server that went back forgot of a group in quarantine is sent with the part that it still has', async () => {
    const { on, group } = await halfHandedOver()
    await on.work.sync()
    on.script.timeline = 't2'
    for (const one of group.slice(1)) on.script.ledger.delete(one.change)
    on.script.calls = []
    await on.work.sync()
    const [first] = on.script.calls.filter((call) => call.path === '/sync/push')
    expect(ids(first)).toEqual(group.map((one) => one.change))
  })

  test('a crash of the server waits a round, shrinks the batch and ends in quarantine for one change only', async () => {
    const on = await loaded()
    for (let n = 0; n < 4; n++) await on.work.update(await seen(on), { note: `n${n}` })
    const poison = (await on.work.outboxItems())[2].change
    on.script.handlers.push((call) =>
      call.path === '/sync/push' && ids(call).includes(poison) ? problem(500, 'crashed') : undefined,
    )
    let rounds = 0
    while ((await on.work.sync()).outcome !== 'complete' && rounds < 12) rounds += 1
    expect(on.script.calls.filter((call) => call.path === '/sync/quarantine').map((call) => call.body.id)).toEqual([
      poison,
    ])
    expect(on.script.ledger.size).toBe(4)
  })
})

describe('"sent N of M"', () => {
  test("is the server's count, not the phone's", async () => {
    const on = await loaded()
    for (let n = 0; n < 3; n++) await on.work.update(await seen(on), { note: `n${n}` })
    await vi.waitFor(() => expect(on.work.status().sent).toEqual({ n: 0, of: 3 }), { timeout: 10_000 })
    await on.work.sync()
    expect(on.work.status().sent).toEqual({ n: 3, of: 3 })
    on.script.hello = { have_n: 3, missing: [[2, 2]] }
    on.script.next('/sync/push', offline)
    await on.work.sync()
    expect(on.work.status().sent).toEqual({ n: 2, of: 3 })
  })

  test('a number the server misses is sent again from the journal', async () => {
    const on = await loaded()
    for (let n = 0; n < 3; n++) await on.work.update(await seen(on), { note: `n${n}` })
    await on.work.sync()
    const lost = on.script.sent()[1]
    on.script.ledger.delete(lost.id)
    on.script.hello = { missing: [[2, 2]] }
    await on.work.sync()
    expect(on.script.sent().slice(-1)[0]).toMatchObject({ id: lost.id, n: 2 })
  })
})

test('a row of a grid that is being left shows what its verdict said: the next edit is typed over that, not over what it replaced', async () => {
  const on = await bench((script) => {
    script.grants.push({ scope: GRID2, rights: 'write', gen: 1, revoked_at: null, grace_until: null })
    for (const id of [H, uuid(2)]) script.put(GRID, 'household', id, { contact_person: '张三' })
  })
  await on.work.sync()
  const [first, second] = await on.work.views([H, uuid(2)])
  await on.work.update(first, { contact_person: 'mine' })
  on.script.grants.splice(on.script.grants.findIndex((grant) => grant.scope === GRID), 1)
  on.script.next('/sync/push', async (call) => {
    await on.work.update(second, { note: 'waits, so that the grid stays' })
    on.script.next('/sync/push', offline)
    return on.script.usual(call)
  })
  expect((await on.work.sync()).outcome).toBe('offline')
  const now = await seen(on)
  expect([now.data.contact_person, now.unsent]).toEqual(['mine', []])
  await on.work.sync()
  expect(await on.work.count('household')).toBe(0)
})
