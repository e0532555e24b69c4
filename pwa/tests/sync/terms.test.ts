/** The terms change: sessions end, servers go back, scopes are taken away, devices are ended (PROTOCOL §2, §6, §7, §8). */
import { describe, expect, test } from 'vitest'
import type { Change } from '@/core/change'
import { bench, GRID, GRID2, json, offline, phoneOf, problem, restart, uuid, type Bench, type Call, type Script } from './script'

const H = uuid(1)

async function loaded(prepare: (script: Script) => void = () => undefined): Promise<Bench> {
  const on = await bench((script) => {
    script.put(GRID, 'household', H, { contact_person: '张三' })
    prepare(script)
  })
  expect((await on.work.sync()).outcome).toBe('complete')
  return on
}

const edit = async (on: Bench, note: string, id = H): Promise<string> =>
  (await on.work.update((await on.work.view(id))!, { note })).change
const kinds = (on: Bench): string[] => on.work.status().problems.map((one) => one.kind)
const hellos = (on: Bench) => on.script.calls.filter((call) => call.path === '/sync/hello').map((call) => call.body)

describe('a session that ended', () => {
  const over = (script: Script): void => {
    script.handlers.push((call) =>
      call.auth === 'cookie' && call.path.startsWith('/sync') ? problem(401, 'unauthenticated') : undefined,
    )
  }

  test('drops nothing and goes on handing in with the drain token, without asking for rows', async () => {
    const on = await loaded()
    await edit(on, 'typed')
    over(on.script)
    on.script.calls = []
    expect((await on.work.sync()).outcome).toBe('drained')
    expect(on.script.sent().map((change) => change.op)).toEqual(['update'])
    expect(on.script.calls.filter((call) => call.auth !== 'cookie').map((call) => [call.path, call.auth])).toEqual([
      ['/sync/hello', 'Bearer drain-1'],
      ['/sync/push', 'Bearer drain-1'],
    ])
    expect(on.work.status().session).toBe('needed')
    expect((await on.work.view(H))?.data.contact_person).toBe('张三')
  })

  test('keeps in sight what it handed in, and the next edit of it says that it saw it', async () => {
    const on = await loaded()
    await edit(on, 'typed')
    await edit(on, 'typed again')
    over(on.script)
    expect((await on.work.sync()).outcome).toBe('drained')
    expect((await on.work.view(H))?.data.note).toBe('typed again')
    await edit(on, 'and once more')
    await on.work.sync()
    expect(on.script.sent().map((change) => change.set?.note)).toEqual([
      { from: null, to: 'typed' },
      { from: 'typed', to: 'typed again' },
      { from: 'typed again', to: 'and once more' },
    ])
  })

  test('begins again when the same person logs in', async () => {
    const on = await loaded()
    over(on.script)
    await on.work.sync()
    on.script.handlers = []
    await on.work.login('secret')
    expect(on.work.status().session).toBe('ok')
    expect((await on.work.sync()).outcome).toBe('complete')
    const login = on.script.calls.find((call) => call.path === '/session' && (call.body.device as { id?: string }).id)
    expect(login?.body.device).toMatchObject({ id: on.script.device, drain_token: 'drain-1' })
  })

  test('cannot be taken over by another account of the same name', async () => {
    const on = await loaded()
    on.script.next('/session', () =>
      json({ user: { id: uuid(66), name: 'x', roles: [] }, device: { id: uuid(67) }, timeline: 't1' }),
    )
    await expect(on.work.login('secret')).rejects.toMatchObject({ code: 'bad_credentials' })
  })

  test('a wrong password is told as that, and nothing changes', async () => {
    const on = await loaded()
    on.script.next('/session', () => problem(401, 'bad_credentials'))
    await expect(on.work.login('wrong')).rejects.toMatchObject({ code: 'bad_credentials' })
    on.script.next('/session', () => problem(429, 'throttled', { 'retry-after': '30' }))
    await expect(on.work.login('wrong')).rejects.toMatchObject({ code: 'throttled', params: { retry_after: 30 } })
  })
})

describe('two people on one phone', () => {
  test('have a store each; the one who left has his work handed in by his own token', async () => {
    const on = await loaded()
    await edit(on, 'first person')
    const phone = phoneOf(on.script, on.clock, on.installation)
    on.script.next('/session', () =>
      json({
        user: { id: uuid(0xbb), name: '李', roles: ['worker'] },
        device: { id: uuid(901), drain_token: 'drain-2' },
        timeline: 't1',
      }),
    )
    const second = await phone.login('worker2', 'secret')
    expect(await second.outboxItems()).toEqual([])
    expect(await second.count('household')).toBe(0)
    expect((await phone.users()).map((user) => [user.id, user.unsent]).sort()).toEqual([
      [uuid(0xaa), 1],
      [uuid(0xbb), 0],
    ])
    await phone.drainOthers(second.user.id)
    expect(on.script.calls.filter((call) => call.path === '/sync/push').map((call) => call.auth)).toEqual([
      'Bearer drain-1',
    ])
    expect((await phone.users()).every((user) => user.unsent === 0)).toBe(true)
  })

  test('a store is not forgotten while work waits in it (L12)', async () => {
    const on = await loaded()
    await edit(on, 'unsent')
    const phone = phoneOf(on.script, on.clock, on.installation)
    await expect(phone.forget(uuid(0xaa))).rejects.toMatchObject({ code: 'unsent_work' })
    await on.work.sync()
    await phone.forget(uuid(0xaa))
    await expect(phone.open(uuid(0xaa))).rejects.toMatchObject({ code: 'unknown_user' })
  })

  test('logging out keeps everything typed', async () => {
    const on = await loaded()
    await edit(on, 'unsent')
    await on.work.logout()
    expect((await on.work.outboxItems()).length).toBe(1)
  })
})

describe('a server that went back', () => {
  /** The database of an hour ago: the newest change is forgotten, its row is as before, the timeline is new. */
  const goBack = (script: Script): Change => {
    const [id, { change }] = [...script.ledger].pop()!
    script.ledger.delete(id)
    script.timeline = 't2'
    return change
  }

  test('gets again what it forgot, from the journal, under the same id and number', async () => {
    const on = await loaded()
    await edit(on, 'kept')
    await on.work.sync()
    await edit(on, 'forgotten')
    await on.work.sync()
    const lost = goBack(on.script)
    on.script.calls = []
    expect((await on.work.sync()).outcome).toBe('complete')
    expect(on.script.sent().map((change) => [change.id, change.n])).toEqual([[lost.id, 2]])
    expect((hellos(on)[1].journal as string[]).length).toBe(2)
    expect((await on.work.view(H))?.data.note).toBe('forgotten')
    expect(await on.work.outboxItems()).toEqual([])
  })

  test('is noticed at a push too (409), with the outbox untouched', async () => {
    const on = await loaded()
    await edit(on, 'typed')
    on.script.next('/sync/push', () => {
      on.script.timeline = 't2'
      return problem(409, 'timeline_changed')
    })
    expect((await on.work.sync()).outcome).toBe('complete')
    expect(on.script.ledger.size).toBe(1)
  })

  test('gives fresh cursors for scopes that agree: nothing is loaded twice', async () => {
    const on = await loaded((script) => {
      script.grants.push({ scope: GRID2, rights: 'write', gen: 1, revoked_at: null, grace_until: null })
      script.put(GRID2, 'household', uuid(2), { contact_person: '李四' })
    })
    on.script.timeline = 't2'
    on.script.put(GRID2, 'household', uuid(2), { contact_person: '王五' }) // this one does not agree any more
    on.script.calls = []
    await on.work.sync()
    expect(
      on.script.calls.filter((call) => call.path.startsWith('/sync/snapshot')).map((call) => call.path.includes(GRID2)),
    ).toEqual([true])
    expect((await on.work.view(uuid(2)))?.data.contact_person).toBe('王五')
  })

  test('brings rows of lower version, and they are taken: versions compare within one timeline only', async () => {
    const on = await loaded()
    for (const person of ['a', 'b', 'c']) on.script.put(GRID, 'household', H, { contact_person: person })
    await on.work.sync()
    on.script.timeline = 't2'
    on.script.entries(GRID).clear()
    on.script.put(GRID, 'household', H, { contact_person: 'from the backup' })
    await on.work.sync()
    expect((await on.work.view(H))?.data.contact_person).toBe('from the backup')
  })

  test('asked to wait before loading is given time; sending does not wait', async () => {
    const on = await loaded()
    await edit(on, 'typed')
    on.script.timeline = 't2'
    on.script.put(GRID, 'household', uuid(9), { contact_person: 'new' })
    on.script.hello = { delay_s: 60 }
    const result = await on.work.sync()
    expect([result.outcome, result.retry_after_ms]).toEqual(['waiting', 60_000])
    expect(on.script.ledger.size).toBe(1)
    on.script.hello = {}
    on.clock.advance(60_000)
    expect((await on.work.sync()).outcome).toBe('complete')
    expect((await on.work.view(uuid(9)))?.data.contact_person).toBe('new')
  })

  test('a wait that a clock ten years ahead began is over when the clock is set right', async () => {
    const on = await loaded()
    const years = 10 * 365 * 86_400_000
    on.clock.at += years
    on.script.timeline = 't2'
    on.script.put(GRID, 'household', uuid(9), { contact_person: 'new' })
    on.script.hello = { delay_s: 60 }
    expect((await on.work.sync()).outcome).toBe('waiting')
    on.script.hello = {}
    on.clock.at -= years
    expect((await on.work.sync()).outcome).toBe('complete')
    expect((await on.work.view(uuid(9)))?.data.contact_person).toBe('new')
  })

  test('takes a row with it that only a verdict brought and that no feed delivers, and keeps one that is edited again', async () => {
    const on = await loaded()
    const [gone, edited] = [await on.work.create('household', { note: 'made' }, { scope: GRID }), await on.work.create('household', { note: 'also' }, { scope: GRID })]
    on.script.next('/sync/pull', offline)
    expect((await on.work.sync()).outcome).toBe('offline')
    // another phone of this person sent both and deleted them before the server's feed had them
    for (const one of [gone, edited]) on.script.entries(GRID).delete(one.record)
    on.script.timeline = 't2'
    await on.work.update((await on.work.view(edited.record))!, { note: 'typed again' })
    on.script.next('/sync/push', () => problem(503, 'busy'))
    await on.work.sync()
    expect((await on.work.view(gone.record))?.data.note).toBe('made') // until the server was heard to the end
    await on.work.sync()
    expect(await on.work.view(gone.record)).toBeNull()
    expect((await on.work.view(edited.record))?.data.note).toBe('typed again')
  })

  test('keeps a row in sight that a verdict brought and that a later page of the pull names', async () => {
    const on = await loaded()
    on.script.put(GRID, 'household', uuid(9), {})
    const made = await on.work.create('household', { note: 'made' }, { scope: GRID })
    on.script.next('/sync/pull', offline)
    await on.work.sync()
    on.script.timeline = 't2'
    on.script.pageRows = 1
    on.script.hello = { fresh: { [GRID]: 't2.1' } }
    const shown: unknown[] = []
    const look = async (call: Call): Promise<Response> => {
      shown.push((await on.work.view(made.record))?.data.note)
      return on.script.usual(call)
    }
    on.script.handlers.push((call) => (call.path === '/sync/pull' ? look(call) : undefined))
    await on.work.sync()
    expect(shown).toEqual(['made', 'made'])
    expect((await on.work.view(made.record))?.data.note).toBe('made')
  })

  test('a healing that broke off in the middle begins again from the old timeline', async () => {
    const on = await loaded()
    await edit(on, 'forgotten')
    await on.work.sync()
    const lost = goBack(on.script)
    let hello = 0
    on.script.handlers.push((call) => (call.path === '/sync/hello' && ++hello === 2 ? offline() : undefined))
    expect((await on.work.sync()).outcome).toBe('offline')
    await restart(on)
    expect((await on.work.sync()).outcome).toBe('complete')
    expect(on.script.ledger.has(lost.id)).toBe(true)
  })

  test('does not get a sealed number again that the phone no longer has, and the person is told to type it', async () => {
    const on = await loaded((script) => script.put(GRID, 'resident', uuid(3), { name: '张三', id_no: null }))
    await on.work.update((await on.work.view(uuid(3)))!, { id_no: '11010519491231002X', name: '张三丰' })
    await on.work.sync()
    expect(on.script.sent()[0].set?.id_no).toEqual({ from: null, to: '11010519491231002X' })
    goBack(on.script)
    on.script.calls = []
    await on.work.sync()
    expect(on.script.sent()[0].set).toEqual({ name: { from: '张三', to: '张三丰' } })
    expect(kinds(on)).toEqual(['sealed_lost'])
  })
})

describe('a scope that is taken away', () => {
  const revoke = (script: Script, scope = GRID): void => {
    script.grants = script.grants.map((grant) =>
      grant.scope === scope ? { ...grant, gen: 2, revoked_at: '2026-11-22T00:00:00Z' } : grant,
    )
  }

  test('is drained first, purged after, acknowledged then (L2: unsent edits purged with the rows)', async () => {
    const on = await loaded()
    await edit(on, 'typed before the revocation')
    revoke(on.script)
    on.script.next('/sync/push', () => problem(503, 'busy'))
    expect((await on.work.sync()).outcome).toBe('offline')
    expect([await on.work.count('household'), (await on.work.outboxItems()).length]).toEqual([1, 1])
    await on.work.sync()
    expect(on.script.ledger.size).toBe(1)
    expect([await on.work.count('household'), await on.work.grants()]).toEqual([0, []])
    expect((await on.work.journalItems()).length).toBe(1)
    await on.work.sync()
    expect((hellos(on).pop()?.grants_ack as Record<string, number>)[GRID]).toBe(2)
  })

  test('keeps a record whose edit was typed while it was being purged, until its verdict', async () => {
    const on = await loaded()
    const form = (await on.work.view(H))!
    revoke(on.script)
    on.script.next('/sync/hello', async (call) => {
      const answer = on.script.usual(call)
      await on.work.update(form, { note: 'late' })
      return answer
    })
    on.script.next('/sync/push', () => problem(503, 'busy'))
    await on.work.sync()
    expect((await on.work.view(H))?.data.note).toBe('late')
    await on.work.sync()
    expect(on.script.ledger.size).toBe(1)
    expect(await on.work.view(H)).toBeNull()
  })

  test('takes a half-done snapshot with it', async () => {
    const on = await bench((script) => {
      for (let n = 1; n <= 300; n++) script.put(GRID, 'household', uuid(n), {})
    })
    on.script.next('/sync/snapshot', offline)
    on.script.next(
      '/sync/snapshot',
      async (call) =>
        new Response(on.script.snapshotLines(call).slice(0, 250).join('\n') + '\n', {
          headers: { 'content-type': 'application/x-ndjson' },
        }),
    )
    await on.work.sync()
    await on.work.sync()
    expect(await on.work.count('household')).toBeGreaterThan(200)
    revoke(on.script)
    await on.work.sync()
    expect([await on.work.count('household'), on.work.status().scopes]).toEqual([0, []])
  })

  test('given again starts from a snapshot', async () => {
    const on = await loaded()
    revoke(on.script)
    await on.work.sync()
    on.script.grants = on.script.grants.map((grant) => ({ ...grant, gen: 3, revoked_at: null }))
    await on.work.sync()
    expect(await on.work.count('household')).toBe(1)
  })

  test('leaves rows that another scope still delivers', async () => {
    const on = await loaded((script) => {
      script.grants.push({ scope: GRID2, rights: 'read', gen: 1, revoked_at: null, grace_until: null })
      script.enter(GRID2, script.live(GRID)[0])
    })
    revoke(on.script)
    await on.work.sync()
    expect(await on.work.count('household')).toBe(1)
  })

  test('gets no rows by verdicts after it left', async () => {
    const on = await loaded()
    revoke(on.script)
    await on.work.sync()
    await on.work.create('household', { contact_person: '新' }, { scope: GRID })
    await on.work.sync()
    expect(await on.work.count('household')).toBe(0)
  })
})
