/** What pages get: views, lists, writes, undo, the sync page. */
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { bench, GRID, problem, restart, USER, uuid, type Bench } from './sync/script'
import type { Change } from '@/core/change'
import type { Notice, RecordView } from '@/services/workspace'

const H = uuid(1)
let on: Bench

beforeEach(async () => {
  on = await bench((script) => {
    script.grants.push({ scope: USER, rights: 'read', gen: 1, revoked_at: null, grace_until: null })
    script.put(GRID, 'household', H, { contact_person: '张三', needs: ['meal', 'walk'] })
    script.put(GRID, 'issue', uuid(50), { state: 'dispatched', title: '路灯' })
  })
  await on.work.sync()
})

const view = async (id = H): Promise<RecordView> => (await on.work.view(id)) as RecordView
const last = (): Change => on.script.sent().slice(-1)[0]

describe('writing', () => {
  test('without a difference writes nothing', async () => {
    await expect(on.work.update(await view(), { contact_person: ' 张三 ', note: '' })).rejects.toMatchObject({
      code: 'nothing_changed',
    })
    expect(await on.work.outboxItems()).toEqual([])
  })

  test('sends sets as members added and removed', async () => {
    await on.work.update(await view(), { needs: ['meal', 'care'] })
    expect((await view()).data.needs).toEqual(['care', 'meal'])
    await on.work.sync()
    expect([last().add, last().remove, last().set]).toEqual([{ needs: ['care'] }, { needs: ['walk'] }, undefined])
  })

  test('refuses a value that is not of its kind, naming the field', async () => {
    await expect(on.work.update(await view(), { dwelling: 'not an id' })).rejects.toMatchObject({
      code: 'invalid',
      params: { field: 'dwelling', reason: 'not_reference' },
    })
    await expect(on.work.create('spaceship', {}, { scope: GRID })).rejects.toMatchObject({ code: 'unknown_type' })
  })

  test('refuses a change that no server would take', async () => {
    await expect(on.work.update(await view(), { note: '字'.repeat(30_000) })).rejects.toMatchObject({
      code: 'too_large',
    })
  })

  test('creates records that can be seen, listed and named by others before they are sent', async () => {
    const made = await on.work.create('household', { contact_person: '新户' }, { scope: GRID })
    await on.work.create('visit', { household: made.record, result: 'met' }, { scope: GRID })
    const fresh = await view(made.record)
    expect([fresh.rev, fresh.live, fresh.data.contact_person, fresh.marks.contact_person.state]).toEqual([
      null,
      true,
      '新户',
      'unsent',
    ])
    expect((await on.work.list('household')).length).toBe(2)
    expect((await on.work.list('visit', { parent: made.record })).map((one) => one.data.result)).toEqual(['met'])
    const pages: number[] = []
    expect(await on.work.readAll('household', (views) => pages.push(views.length))).toBe(2)
  })

  test('hides what was deleted here, and brings it back', async () => {
    await on.work.delete(await view())
    expect([
      (await view()).live,
      (await on.work.list('household')).length,
      (await on.work.list('household', { deleted: true })).length,
    ]).toEqual([false, 0, 1])
    await on.work.undelete(await view())
    expect((await on.work.list('household')).length).toBe(1)
    await on.work.delete(await view())
    on.script.next('/sync/pull', () => problem(503, 'busy'))
    await on.work.sync()
    expect(await on.work.view(H)).toBeNull() // the verdict alone takes it away; the tombstone comes later
  })

  test('a sealed number typed again before it was sent goes into the change that waits', async () => {
    on.script.put(GRID, 'resident', uuid(3), { name: '张三', id_no: { hint: '…0001', v: 'aa' } })
    await on.work.sync()
    await on.work.update(await view(uuid(3)), { id_no: '370199199001011111', name: '张' })
    await on.work.update(await view(uuid(3)), { id_no: '370199199001012222' })
    await on.work.update(await view(uuid(3)), { id_no: '370199199001013333', name: '李' })
    expect((await view(uuid(3))).data).toMatchObject({ id_no: { hint: '…3333' }, name: '李' })
    await on.work.sync()
    expect(on.script.sent().map((change) => change.set)).toEqual([
      { id_no: { from: 'aa', to: '370199199001013333' }, name: { from: '张三', to: '张' } },
      { name: { from: '张', to: '李' } },
    ])
  })

  test('a group is kept whole, or not at all when making it fails', async () => {
    const seen = await view()
    const broken = on.work.group(async (writer) => {
      await writer.update(seen, { note: 'half' })
      throw new Error('changed my mind')
    })
    await expect(broken).rejects.toThrow('changed my mind')
    expect(await on.work.outboxItems()).toEqual([])
    const written = await on.work.group(async (writer) => {
      await writer.update(seen, { note: 'whole' })
      await writer.create('visit', { household: H }, { scope: GRID })
    })
    expect(written.map((one) => one.n)).toEqual([1, 2])
  })

  test('lists what an unsent change points here, and no more what it pointed away', async () => {
    const [a, b] = [uuid(70), uuid(71)]
    on.script.put(GRID, 'visit', uuid(60), { household: a })
    await on.work.sync()
    await on.work.update(await view(uuid(60)), { household: b })
    expect((await on.work.list('visit', { parent: a })).length).toBe(0)
    expect((await on.work.list('visit', { parent: b })).length).toBe(1)
  })
})

describe('steps of the workflow', () => {
  test('are queued, shown as done here, and told with the state they started from', async () => {
    await on.work.transition(await view(uuid(50)), 'take', {}, { title: '路灯坏了' })
    const issue = await view(uuid(50))
    expect([issue.data.state, issue.queued[0].action, issue.marks.state]).toEqual([
      'handling',
      'take',
      { state: 'unsent', server: 'dispatched' },
    ])
    await on.work.sync()
    expect([last().transition, last().set?.title.to]).toEqual([
      { action: 'take', from: 'dispatched', args: {} },
      '路灯坏了',
    ])
  })

  test('offered are those the table lets this person queue from this state', async () => {
    expect(on.work.actions(await view(uuid(50)))).toEqual(['take'])
    const made = await on.work.create('issue', { title: '新' }, { scope: GRID, transition: { action: 'submit' } })
    const issue = await view(made.record)
    expect([issue.data.state, on.work.actions(issue)]).toEqual(['submitted', ['void']])
  })

  test('that are impossible or need the server are refused at once', async () => {
    await expect(on.work.transition(await view(uuid(50)), 'void')).rejects.toMatchObject({ code: 'illegal_transition' })
    on.script.put(GRID, 'issue', uuid(51), { state: 'submitted' })
    await on.work.sync()
    await expect(on.work.transition(await view(uuid(51)), 'accept')).rejects.toMatchObject({ code: 'not_offline' })
  })
})

describe('undo', () => {
  test('takes back what was never offered; later numbers close up without a gap', async () => {
    await on.work.update(await view(), { note: 'wrong' })
    await on.work.update(await view(uuid(50)), { title: 'right' })
    const [wrong] = await on.work.outboxItems()
    expect(wrong.undoable).toBe(true)
    await on.work.undo(wrong.change)
    expect((await view()).data.note).toBeUndefined()
    expect((await on.work.outboxItems()).map((item) => [item.n, item.record])).toEqual([[1, uuid(50)]])
    expect((await on.work.update(await view(), { note: 'again' })).n).toBe(2)
  })

  test('is refused once the change was offered, even if no answer came', async () => {
    const { change } = await on.work.update(await view(), { note: 'sent?' })
    on.script.next('/sync/push', () => problem(503, 'busy'))
    await on.work.sync()
    expect((await on.work.outboxItems())[0].undoable).toBe(false)
    await expect(on.work.undo(change)).rejects.toMatchObject({ code: 'already_sent' })
  })

  test('is refused while a later change builds on it', async () => {
    const made = await on.work.create('household', {}, { scope: GRID })
    await on.work.create('visit', { household: made.record }, { scope: GRID })
    await expect(on.work.undo(made.change)).rejects.toMatchObject({ code: 'later_changes' })
  })

  test('takes a group back whole', async () => {
    const written = await on.work.group(async (writer) => {
      await writer.create('household', {}, { scope: GRID })
      await writer.create('household', {}, { scope: GRID })
    })
    await on.work.undo(written[1].change)
    expect(await on.work.outboxItems()).toEqual([])
  })
})

describe('what the office decides', () => {
  const side = (value: string) => ({ value, by: uuid(7), at: '2026-11-22T01:00:00.000Z' })

  test('an open conflict marks its field with both sides, until it is settled', async () => {
    const { change } = await on.work.update(await view(), { contact_person: '李四' })
    on.script.next('/sync/push', (call) =>
      on.script.verdicts(
        (call.body.changes as Change[]).map((one) =>
          on.script.judge(one, { status: 'conflict', reason: 'field', conflicts: [uuid(80)] }),
        ),
      ),
    )
    const data = {
      record: H,
      record_type: 'household',
      kind: 'field',
      field: 'contact_person',
      base: '张三',
      current: side('王五'),
      incoming: { ...side('李四'), change },
      state: 'open',
    }
    on.script.put(USER, 'conflict', uuid(80), data)
    await on.work.sync()
    const mark = (await view()).marks.contact_person
    expect([
      mark.state,
      mark.conflict?.current.value,
      mark.conflict?.incoming.value,
      mark.conflict?.current.by,
    ]).toEqual(['conflict', '王五', '李四', { id: uuid(7) }])
    expect(on.work.status().attention.conflicts).toBe(1)
    expect((await on.work.journalItems())[0].state).toBe('conflict')
    on.script.put(USER, 'conflict', uuid(80), { ...data, state: 'settled', settled: { choose: 'incoming' } })
    on.script.put(USER, 'followup', uuid(81), {
      change,
      record: H,
      status: 'settled',
      reason: 'incoming',
      at: '2026-11-22T02:00:00.000Z',
    })
    await on.work.sync()
    const [item] = await on.work.journalItems()
    expect([(await view()).marks, on.work.status().attention.conflicts, item.state, item.reason]).toEqual([
      {},
      0,
      'merged',
      'settled_incoming',
    ])
  })

  test('a parked change that was applied later is shown as delivered', async () => {
    const { change } = await on.work.update(await view(), { note: 'x' })
    on.script.next('/sync/push', (call) =>
      on.script.verdicts(
        (call.body.changes as Change[]).map((one) =>
          on.script.judge(one, { status: 'parked', reason: 'missing_parent' }),
        ),
      ),
    )
    on.script.put(USER, 'parked', uuid(82), {
      change_id: change,
      record: H,
      status: 'parked',
      reason: 'missing_parent',
      state: 'open',
    })
    await on.work.sync()
    expect([on.work.status().attention.parked, (await on.work.journalItems({ state: 'parked' })).length]).toEqual([
      1, 1,
    ])
    on.script.put(USER, 'followup', uuid(83), {
      change,
      record: H,
      status: 'applied',
      reason: null,
      at: '2026-11-22T02:00:00.000Z',
    })
    await on.work.sync()
    expect((await on.work.journalItems())[0].state).toBe('sent')
  })

  test("resolving one's own conflict tells the revision that was shown", async () => {
    on.script.put(USER, 'conflict', uuid(80), {
      record: H,
      kind: 'field',
      field: 'note',
      base: null,
      current: side('a'),
      incoming: side('b'),
      state: 'open',
    })
    await on.work.sync()
    const conflict = await view(uuid(80))
    await on.work.resolve(conflict, { choose: 'current' })
    expect((await view(uuid(80))).data.state).toBe('settled')
    await on.work.sync()
    expect([last().op, last().resolve, last().base?.rev]).toEqual(['resolve', { choose: 'current' }, conflict.rev])
  })
})

describe('news', () => {
  test('name the records of each commit, and status', async () => {
    const heard: Notice[] = []
    const end = on.work.subscribe((notice) => heard.push(notice))
    const { record } = await on.work.update(await view(), { note: 'x' })
    const told = (notice: Notice): boolean =>
      notice.records.includes(record) && notice.types.includes('household') && notice.status
    // told once the standing was read again, which takes the store as long as it takes
    await vi.waitFor(() => expect(heard.some(told)).toBe(true), { timeout: 10_000 })
    end()
    const before = heard.length
    await on.work.update(await view(), { note: 'y' })
    expect(heard.length).toBe(before)
  })

  test('a problem stays until it was seen, over restarts', async () => {
    on.script.hello = { server_time: '2020-01-01T00:00:00.000Z' }
    await on.work.sync()
    const work = await restart(on)
    expect(work.status().problems.map((one) => one.kind)).toEqual(['clock_off'])
    on.script.hello = {}
    await work.dismiss(work.status().problems[0])
    expect((await restart(on)).status().problems).toEqual([])
  })
})

describe('two tabs on one store', () => {
  test('number their changes without doubles', async () => {
    const { phoneOf } = await import('./sync/script')
    const other = await phoneOf(on.script, on.clock, on.installation).open(uuid(0xaa))
    const writes = Array.from({ length: 10 }, async (_, at) =>
      (at % 2 ? on.work : other).create('visit', { household: H }, { scope: GRID }),
    )
    const numbers = (await Promise.all(writes)).map((one) => one.n).sort((a, b) => a - b)
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })
})
