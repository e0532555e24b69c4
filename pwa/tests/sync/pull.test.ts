/** Receiving: cursors move with their rows, absence deletes nothing (PROTOCOL §3.4, §3.5, §11). */
import { describe, expect, test, vi } from 'vitest'
import type { Change } from '@/core/change'
import { readMeta } from '@/core/sync/state'
import { bench, GRID, GRID2, json, ndjson, offline, problem, restart, uuid, type Bench, type Script } from './script'

const households = (script: Script, count: number, scope = GRID, from = 1): void => {
  for (let n = from; n < from + count; n++) script.put(scope, 'household', uuid(n), { contact_person: `户${n}` })
}

const loaded = async (count: number, more: (script: Script) => void = () => undefined): Promise<Bench> => {
  const on = await bench((script) => {
    households(script, count)
    more(script)
  })
  expect((await on.work.sync()).outcome).toBe('complete')
  return on
}

const held = (on: Bench): Promise<number> => on.work.count('household')
const snapshots = (on: Bench): string[] =>
  on.script.calls.filter((call) => call.path.startsWith('/sync/snapshot')).map((call) => call.path)
const kinds = (on: Bench): string[] => on.work.status().problems.map((one) => one.kind)

describe('the first load', () => {
  test('brings every row of every scope and reports progress per scope', async () => {
    const on = await loaded(450)
    expect(await held(on)).toBe(450)
    const [scope] = on.work.status().scopes
    expect([scope.state, scope.received, scope.expected, scope.live]).toEqual(['ready', 450, 450, 450])
    expect(scope.bytes).toBeGreaterThan(10_000)
    expect(on.work.status().first_load).toBe(false)
  })

  test('that breaks off goes on after its last row, with the cursor of its first line, and holds all in the end', async () => {
    const on = await bench((script) => households(script, 450))
    on.script.next('/sync/snapshot', (call) => {
      const lines = on.script.snapshotLines(call)
      on.script.put(GRID, 'household', uuid(2), { contact_person: 'changed while loading' })
      return ndjson(lines.slice(0, 301).join('\n') + '\n' + lines[301].slice(0, 20))
    })
    expect((await on.work.sync()).outcome).toBe('offline')
    expect(await held(on)).toBe(300)
    expect((await restart(on)).status().first_load).toBe(true)
    expect((await on.work.sync()).outcome).toBe('complete')
    const [, resumed] = snapshots(on)
    expect(resumed).toContain(`after=household/${uuid(300)}`)
    expect(resumed).toContain('cursor=t1.450')
    expect(await held(on)).toBe(450)
    expect((await on.work.view(uuid(2)))?.data.contact_person).toBe('changed while loading')
  })

  test('on a slow link keeps every two seconds what came, so that an app that is killed goes on from there', async () => {
    const on = await bench((script) => households(script, 40))
    on.script.next('/sync/snapshot', (call) => {
      const lines = on.script.snapshotLines(call).slice(0, 30)
      const body = new ReadableStream<Uint8Array>({
        pull(to) {
          on.clock.at += 500
          const line = lines.shift()
          if (line) to.enqueue(new TextEncoder().encode(line + '\n'))
          else return new Promise(() => undefined) // the rest never comes
        },
      })
      return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } })
    })
    void on.work.sync()
    await vi.waitUntil(async () => (await held(on)) >= 25)
    await restart(on)
    expect(await held(on)).toBeGreaterThanOrEqual(25)
    expect((await on.work.sync()).outcome).toBe('complete')
    expect(snapshots(on)[1]).toContain('after=household/')
    expect(await held(on)).toBe(40)
  })

  test('takes no older row of another scope than the one that is here already', async () => {
    const on = await bench((script) => {
      script.grants.push({ scope: GRID2, rights: 'write', gen: 1, revoked_at: null, grace_until: null })
      const row = script.put(GRID, 'household', uuid(1), { contact_person: 'new' })
      script.enter(GRID2, { ...row, ver: 0, data: { contact_person: 'old' } } as never)
      script.put(GRID2, 'household', uuid(2), { contact_person: 'own' })
    })
    expect((await on.work.sync()).outcome).toBe('complete')
    expect(snapshots(on).map((path) => path.split('/')[3])).toEqual([GRID, GRID2])
    expect((await on.work.view(uuid(1)))?.data.contact_person).toBe('new')
    expect(await held(on)).toBe(2)
  })

  test('asked for again takes no older row than the own one', async () => {
    const on = await loaded(3)
    on.script.hello = { actions: ['resnapshot'] }
    on.script.next('/sync/snapshot', (call) => {
      const lines = on.script.snapshotLines(call).map((line) => JSON.parse(line) as { id?: string; ver: number; data: object })
      return ndjson(lines.map((line) => JSON.stringify(line.id === uuid(2) ? { ...line, ver: 0, data: { contact_person: 'old' } } : line)).join('\n') + '\n')
    })
    expect((await on.work.sync()).outcome).toBe('complete')
    expect((await on.work.view(uuid(2)))?.data.contact_person).toBe('户2')
  })

  test('that ends without its last line is not complete: nothing is swept', async () => {
    const on = await loaded(30)
    on.script.hello = { actions: ['resnapshot'] }
    on.script.next('/sync/snapshot', (call) => ndjson(on.script.snapshotLines(call).slice(0, 5).join('\n') + '\n'))
    expect((await on.work.sync()).outcome).toBe('offline')
    expect(await held(on)).toBe(30)
  })

  test('whose last line counts other rows than came is not complete', async () => {
    const on = await loaded(30)
    on.script.hello = { actions: ['resnapshot'] }
    on.script.next('/sync/snapshot', (call) => {
      const lines = on.script.snapshotLines(call)
      return ndjson([...lines.slice(0, 5), lines[lines.length - 1]].join('\n') + '\n')
    })
    expect((await on.work.sync()).outcome).toBe('offline')
    expect(await held(on)).toBe(30)
  })

  test('starts anew when the server does not know the cursor it is resumed with', async () => {
    const on = await bench((script) => households(script, 300))
    on.script.next('/sync/snapshot', (call) => ndjson(on.script.snapshotLines(call).slice(0, 250).join('\n') + '\n'))
    await on.work.sync()
    on.script.next('/sync/snapshot', () => problem(400, 'bad_cursor'))
    await on.work.sync()
    expect((await on.work.sync()).outcome).toBe('complete')
    expect(snapshots(on).map((path) => path.includes('after'))).toEqual([false, true, false])
    expect(await held(on)).toBe(300)
  })

  test('of a scope without a grant leaves the other scopes alone', async () => {
    const on = await bench((script) => {
      households(script, 3)
      script.grants.push({ scope: GRID2, rights: 'write', gen: 1, revoked_at: null, grace_until: null })
    })
    on.script.handlers.push((call) =>
      call.path.startsWith(`/sync/snapshot/${GRID2}`) ? problem(403, 'forbidden') : undefined,
    )
    expect((await on.work.sync()).outcome).toBe('waiting')
    expect(await held(on)).toBe(3)
  })
})

describe('a pull', () => {
  test('reads page after page until there is no more', async () => {
    const on = await loaded(3)
    households(on.script, 25, GRID, 100)
    on.script.pageRows = 10
    await on.work.sync()
    expect(await held(on)).toBe(28)
  })

  test('that broke off leaves cursor and rows where they were (L8: the counter moved though the request timed out)', async () => {
    const on = await loaded(3)
    const cursor = async (): Promise<unknown> => {
      await on.work.sync()
      return (
        on.script.calls.filter((call) => call.path === '/sync/hello').pop()!.body.scopes as Record<
          string,
          { cursor: string }
        >
      )[GRID].cursor
    }
    households(on.script, 5, GRID, 100)
    on.script.next('/sync/pull', offline, 2)
    expect([await cursor(), await cursor(), await held(on)]).toEqual(['t1.3', 't1.3', 3])
    await on.work.sync()
    expect(await held(on)).toBe(8)
    expect(await cursor()).toBe('t1.8')
  })

  test('whose commit fails moves neither rows nor cursor (L8)', async () => {
    const on = await loaded(3)
    households(on.script, 5, GRID, 100)
    const store = on.installation.stores.get(uuid(0xaa))!.pop()!
    on.script.next('/sync/pull', (call) => {
      store.failAfter(2)
      return on.script.usual(call)
    })
    await expect(on.work.sync()).rejects.toThrow('Quota')
    store.failAfter(Infinity)
    expect(await held(on)).toBe(3)
    await on.work.sync()
    expect([await held(on), kinds(on)]).toEqual([8, ['storage']])
  })

  test('takes a row only if it is not older than the own one', async () => {
    const on = await loaded(1)
    const row = on.script.put(GRID, 'household', uuid(1), { contact_person: 'new' })
    await on.work.sync()
    on.script.enter(GRID, { ...row, ver: 1, data: { contact_person: 'old' } } as never)
    await on.work.sync()
    expect((await on.work.view(uuid(1)))?.data.contact_person).toBe('new')
  })

  test.each([
    ['a page of a scope that was not asked', (pages: object[]) => [{ ...pages[0], scope: GRID2 }]],
    [
      'a row without a revision',
      (pages: object[]) => [
        { ...pages[0], rows: [{ id: uuid(9), type: 'household', scope: GRID, live: true, ver: 1, data: {} }] },
      ],
    ],
    ['rows that are no list', (pages: object[]) => [{ ...pages[0], rows: {} }]],
  ])('with %s is ignored whole', async (_what, spoil) => {
    const on = await loaded(3)
    on.script.next('/sync/pull', async (call) => {
      const answer = await on.script.usual(call).json()
      return json({ ...answer, pages: spoil(answer.pages) })
    })
    expect((await on.work.sync()).outcome).toBe('offline')
    expect(await held(on)).toBe(3)
    expect((await on.work.sync()).outcome).toBe('complete')
  })

  test('of an empty answer deletes nothing (L5: an empty target read as "everything was deleted")', async () => {
    const on = await loaded(30)
    on.script.next('/sync/pull', () => json({ timeline: 't1', pages: [] }), 5)
    on.script.next('/sync/hello', (call) => on.script.usual({ ...call }), 1)
    expect((await on.work.sync()).outcome).toBe('offline')
    expect(await held(on)).toBe(30)
  })

  test('with an empty list of grants clears no phone (L5)', async () => {
    const on = await loaded(30)
    on.script.hello = { grants: [] }
    await on.work.sync()
    expect(await held(on)).toBe(30)
  })
})

describe('rows that leave', () => {
  test('go with a tombstone', async () => {
    const on = await loaded(3)
    on.script.gone(GRID, uuid(2))
    await on.work.sync()
    expect(await on.work.view(uuid(2))).toBeNull()
    expect(await held(on)).toBe(2)
  })

  test('stay while another scope delivers them', async () => {
    const on = await loaded(1, (script) => {
      script.grants.push({ scope: GRID2, rights: 'write', gen: 1, revoked_at: null, grace_until: null })
      script.enter(GRID2, script.live(GRID)[0])
    })
    on.script.gone(GRID, uuid(1), 'undelivered')
    await on.work.sync()
    expect(await held(on)).toBe(1)
    on.script.gone(GRID2, uuid(1), 'undelivered')
    await on.work.sync()
    expect(await held(on)).toBe(0)
  })

  test('stay while a change of them waits, and go with its verdict', async () => {
    const on = await loaded(2)
    const form = (await on.work.view(uuid(1)))!
    on.script.gone(GRID, uuid(1))
    on.script.next('/sync/pull', async (call) => {
      await on.work.update(form, { note: 'mine' }) // typed while the tombstone is on its way
      return on.script.usual(call)
    })
    await on.work.sync()
    expect((await on.work.view(uuid(1)))?.data).toEqual({ contact_person: '户1', note: 'mine' })
    on.script.next('/sync/push', (call) => {
      const [change] = call.body.changes as Change[]
      return on.script.verdicts([on.script.judge(change, { status: 'parked', reason: 'deleted_record' })])
    })
    await on.work.sync()
    expect(await on.work.view(uuid(1))).toBeNull()
    expect((await on.work.journalItems())[0].reason).toBe('deleted_record')
  })
})

describe('the bulk-delete breaker', () => {
  test('refuses a pull that would remove more than a fifth and more than ten rows, and says so (L5)', async () => {
    const on = await loaded(50)
    for (let n = 1; n <= 11; n++) on.script.gone(GRID, uuid(n))
    await on.work.sync()
    expect(await held(on)).toBe(50)
    expect(kinds(on)).toContain('bulk_delete_refused')
    await on.work.sync()
    const told = on.script.calls.filter((call) => call.path === '/sync/hello').pop()!.body
    expect((told.reports as { kind: string }[]).map((one) => one.kind)).toEqual(['bulk_delete_refused'])
    expect((told.scopes as Record<string, { refused?: boolean }>)[GRID].refused).toBe(true)
    await on.work.sync()
    expect(await held(on)).toBe(50) // days later it still holds: nothing fires once and lets go after
  })

  test('a row that came with its verdict and is in no snapshot goes, though no tombstone comes for it', async () => {
    const on = await loaded(3)
    const { record } = await on.work.create('household', { contact_person: '新户' }, { scope: GRID })
    on.script.next('/sync/pull', () => problem(503, 'busy'))
    await on.work.sync()
    expect((await on.work.view(record))?.rev).not.toBeNull()
    on.script.entries(GRID).delete(record) // deleted by somebody, and the snapshot begins behind that
    on.script.hello = { actions: [`resnapshot:${GRID}`] }
    expect((await on.work.sync()).outcome).toBe('complete')
    expect(await on.work.view(record)).toBeNull()
    expect(await held(on)).toBe(3)
  })

  test('lets it pass when the server asks for a snapshot of that scope', async () => {
    const on = await loaded(50)
    for (let n = 1; n <= 11; n++) on.script.gone(GRID, uuid(n))
    await on.work.sync()
    on.script.hello = { actions: [`resnapshot:${GRID}`] }
    await on.work.sync()
    expect(await held(on)).toBe(39)
  })

  test('adds up over pages of one pull', async () => {
    const on = await loaded(50)
    for (let n = 1; n <= 30; n++) on.script.gone(GRID, uuid(n))
    on.script.pageRows = 5
    await on.work.sync()
    expect(await held(on)).toBe(40)
    expect(kinds(on)).toContain('bulk_delete_refused')
  })

  test.each(['moved', 'undelivered'] as const)('does not count rows that are %s', async (why) => {
    const on = await loaded(50)
    for (let n = 1; n <= 40; n++) on.script.gone(GRID, uuid(n), why)
    await on.work.sync()
    expect(await held(on)).toBe(10)
    expect(kinds(on)).toEqual([])
  })

  test.each([
    [10, 12, 2],
    [11, 60, 49],
  ])('lets %i of %i rows go', async (gone, of, left) => {
    const on = await loaded(of)
    for (let n = 1; n <= gone; n++) on.script.gone(GRID, uuid(n))
    await on.work.sync()
    expect(await held(on)).toBe(left)
  })

  test('brakes the sweep of a snapshot that the phone itself asked for', async () => {
    const on = await loaded(50)
    const keep = on.script.entries(GRID)
    for (let n = 1; n <= 20; n++) keep.delete(uuid(n)) // the server forgot them without a tombstone
    await on.work.sync()
    expect(snapshots(on).length).toBe(1)
    await on.work.sync()
    expect(snapshots(on).length).toBe(2)
    expect(await held(on)).toBe(50)
    expect(kinds(on).sort()).toEqual(['bulk_delete_refused', 'digest_mismatch'])
  })
})

describe('the digest', () => {
  test('that differs once is nothing, twice in a row loads the scope anew and is reported', async () => {
    const on = await loaded(20)
    on.script.entries(GRID).delete(uuid(3))
    await on.work.sync()
    expect([snapshots(on).length, kinds(on)]).toEqual([1, []])
    await on.work.sync()
    expect([snapshots(on).length, kinds(on)]).toEqual([2, ['digest_mismatch']])
    expect(await held(on)).toBe(19)
  })

  test('in hello is that of the rows held', async () => {
    const on = await loaded(20)
    await on.work.sync()
    const said = on.script.calls.filter((call) => call.path === '/sync/hello').pop()!.body.scopes as Record<
      string,
      object
    >
    expect(said[GRID]).toEqual({ cursor: 't1.20', ...on.script.digest(GRID) })
  })
})

test('what is kept on the phone holds no clear text of a record', async () => {
  const on = await loaded(3)
  await on.work.update((await on.work.view(uuid(1)))!, { contact_person: '张秘密' })
  const disk = on.installation.disks.get(uuid(0xaa))!
  const texts = [...disk.tables.values()].flatMap((table) => [...table.values()]).map((row) => JSON.stringify(row))
  expect(texts.length).toBeGreaterThan(6)
  const clear = new TextDecoder().decode(
    Buffer.concat(
      [...disk.tables.values()]
        .flatMap((table) => [...table.values()])
        .flatMap((row) => (row.box ? [row.box as Uint8Array] : [])),
    ),
  )
  expect(texts.join() + clear).not.toMatch(/张秘密|户1|drain-1/)
  const { store, boxes } = await on.installation.open(uuid(0xaa))
  expect((await readMeta({ store, boxes }, 'session'))?.drain).toBe('drain-1')
})
