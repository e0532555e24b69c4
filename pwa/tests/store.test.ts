/** One contract for every store: memory and IndexedDB pass the same cases. */
import 'fake-indexeddb/auto'
import Dexie from 'dexie'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { IndexedDbStore } from '@/adapters/store/indexeddb'
import { emptyDisk, MemoryStore } from '@/adapters/store/memory'
import type { BaseRow, JournalRow, MembershipRow, OutboxRow, PhotoRow, Store } from '@/core/store'

const box = new Uint8Array([1, 2, 3])

const base = (id: string, more: Partial<BaseRow> = {}): BaseRow => ({
  id,
  type: 'household',
  scope: 'grid:1',
  status: '',
  rev: '0'.repeat(16),
  ver: 1,
  timeline: 't',
  refs: [],
  at: '',
  orphan: 0,
  v: 1,
  box,
  ...more,
})
const waiting = (n: number, more: Partial<OutboxRow> = {}): OutboxRow => ({
  id: `c${n}`,
  n,
  record: 'r',
  type: 'household',
  scope: 'grid:1',
  group: '',
  at: '',
  bytes: 1,
  offered: 0,
  tries: 0,
  v: 1,
  box,
  ...more,
})
const member = (scope: string, id: string): MembershipRow => ({ scope, id, rev: '0'.repeat(16), run: '' })

const photo = (id: string, size: number, more: Partial<PhotoRow> = {}): PhotoRow => ({
  ...{ id, record: 'r', scope: 'grid:1', field: 'photos', state: 'unsent', size, at: '', urgent: 0, upload: '', sent: 0 },
  ...{ tries: 0, due: 0, rounds: 0, reason: '', stored: '', v: 1, box, ...more },
})

const makers: [string, () => Promise<{ store: Store; reopen: () => Promise<Store> }>][] = [
  [
    'memory',
    async () => {
      const disk = emptyDisk()
      return { store: new MemoryStore(disk), reopen: async () => new MemoryStore(disk) }
    },
  ],
  [
    'IndexedDB',
    async () => {
      const name = `store-${Math.random()}`
      return { store: await IndexedDbStore.open(name), reopen: () => IndexedDbStore.open(name) }
    },
  ],
]

describe.each(makers)('a %s store', (_name, make) => {
  let store: Store
  let reopen: () => Promise<Store>
  beforeEach(async () => ({ store, reopen } = await make()))
  afterEach(() => store.close())

  const ids = (rows: { id: string }[]): string[] => rows.map((row) => row.id)

  test('gives back what was put, bytes included', async () => {
    await store.write(['base'], (tx) => tx.put('base', [base('a', { refs: ['x'] })]))
    const row = await store.read(['base'], (tx) => tx.get('base', 'a'))
    expect(row).toEqual(base('a', { refs: ['x'] }))
  })

  test('gives photos of a state smallest first, and their files by id and kind', async () => {
    await store.write(['photos', 'files'], async (tx) => {
      await tx.put('photos', [photo('b', 900), photo('c', 20), photo('a', 900), photo('d', 1, { state: 'stored' })])
      await tx.put('files', [{ id: 'a', kind: 'full', v: 1, box: new Uint8Array(300_000).fill(7) }, { id: 'a', kind: 'thumb', v: 1, box }])
    })
    const [rows, full, drafts] = await store.read(['photos', 'files'], async (tx) => [
      await tx.range('photos', 'state', { is: ['unsent'] }),
      await tx.get('files', ['a', 'full']),
      await tx.count('photos', 'record', ['r']),
    ])
    expect([ids(rows), full?.box.length, full?.box[299_999], drafts]).toEqual([['c', 'a', 'b'], 300_000, 7, 4])
  })

  test('keeps committed rows after it was closed and opened again', async () => {
    await store.write(['base'], (tx) => tx.put('base', [base('a')]))
    await store.close()
    store = await reopen()
    expect(await store.read(['base'], (tx) => tx.count('base'))).toBe(1)
  })

  test('leaves no trace of a transaction whose work throws', async () => {
    const broken = store.write(['base', 'memberships'], async (tx) => {
      await tx.put('base', [base('a')])
      await tx.put('memberships', [member('grid:1', 'a')])
      throw new Error('broken')
    })
    await expect(broken).rejects.toThrow('broken')
    expect(
      await store.read(['base', 'memberships'], async (tx) => [await tx.count('base'), await tx.count('memberships')]),
    ).toEqual([0, 0])
  })

  test('reads its own writes inside a transaction', async () => {
    const found = await store.write(['base'], async (tx) => {
      await tx.put('base', [base('a'), base('b')])
      await tx.remove('base', ['a'])
      return [await tx.get('base', 'a'), (await tx.get('base', 'b'))?.id, await tx.count('base')]
    })
    expect(found).toEqual([undefined, 'b', 1])
  })

  test('answers many keys in the order asked, undefined where there is none', async () => {
    await store.write(['base'], (tx) => tx.put('base', [base('a'), base('b')]))
    const rows = await store.read(['base'], (tx) => tx.getMany('base', ['b', 'none', 'a']))
    expect(rows.map((row) => row?.id)).toEqual(['b', undefined, 'a'])
  })

  test('pages by type in id order', async () => {
    await store.write(['base'], (tx) => tx.put('base', [base('c'), base('a'), base('b'), base('d', { type: 'visit' })]))
    const first = await store.read(['base'], (tx) => tx.range('base', 'type', { is: ['household'], limit: 2 }))
    const rest = await store.read(['base'], (tx) =>
      tx.range('base', 'type', { is: ['household'], after: 'b', limit: 2 }),
    )
    expect([ids(first), ids(rest)]).toEqual([['a', 'b'], ['c']])
  })

  test('counts and finds by the leading columns of an index', async () => {
    const rows = [
      base('a', { type: 'conflict', status: 'open' }),
      base('b', { type: 'conflict', status: 'settled' }),
      base('c'),
    ]
    await store.write(['base'], (tx) => tx.put('base', rows))
    const found = await store.read(['base'], async (tx) => [
      await tx.count('base', 'status', ['conflict', 'open']),
      await tx.count('base', 'type', ['conflict']),
      ids(await tx.range('base', 'status', { is: ['conflict', 'open'] })).length,
    ])
    expect(found).toEqual([1, 2, 1])
  })

  test('finds records by any id they name', async () => {
    await store.write(['base'], (tx) =>
      tx.put('base', [base('a', { refs: ['x', 'y'] }), base('b', { refs: ['y'] }), base('c')]),
    )
    const found = await store.read(['base'], (tx) => tx.range('base', 'ref', { is: ['y'] }))
    expect(ids(found).sort()).toEqual(['a', 'b'])
  })

  test('reads numbers as numbers: 10 comes after 9', async () => {
    await store.write(['outbox'], (tx) => tx.put('outbox', [waiting(10), waiting(9), waiting(1)]))
    const [all, later, back] = await store.read(['outbox'], async (tx) => [
      await tx.range('outbox', 'n'),
      await tx.range('outbox', 'n', { after: 1 }),
      await tx.range('outbox', 'n', { backwards: true, limit: 1 }),
    ])
    expect([all, later, back].map((rows) => rows.map((row) => row.n))).toEqual([[1, 9, 10], [9, 10], [10]])
  })

  test('lists the memberships of one scope only', async () => {
    await store.write(['memberships'], (tx) =>
      tx.put('memberships', [member('grid:1', 'a'), member('grid:1', 'b'), member('grid:2', 'a')]),
    )
    const found = await store.read(['memberships'], async (tx) => [
      ids(await tx.range('memberships', 'key', { is: ['grid:1'] })),
      await tx.count('memberships', 'id', ['a']),
      (await tx.get('memberships', ['grid:2', 'a']))?.scope,
    ])
    expect(found).toEqual([['a', 'b'], 2, 'grid:2'])
  })

  test('finds the unsent changes of one record, oldest first', async () => {
    await store.write(['outbox'], (tx) => tx.put('outbox', [waiting(2), waiting(1), waiting(3, { record: 'other' })]))
    expect(
      (await store.read(['outbox'], (tx) => tx.range('outbox', 'record', { is: ['r'] }))).map((row) => row.n),
    ).toEqual([1, 2])
  })

  test('reads an index of two columns from either end', async () => {
    const row = (n: number): JournalRow => ({
      id: `c${n}`,
      n,
      device: 'd',
      record: 'r',
      type: 't',
      scope: 's',
      group: '',
      at: '',
      status: '',
      reason: '',
      acked: `2026-0${n}`,
      bytes: 1,
      v: 1,
      box,
    })
    await store.write(['journal'], (tx) => tx.put('journal', [row(2), row(1), row(3)]))
    const [up, down, later] = await store.read(['journal'], async (tx) => [
      await tx.range('journal', 'acked'),
      await tx.range('journal', 'acked', { backwards: true, limit: 2 }),
      await tx.range('journal', 'acked', { after: '2026-01' }),
    ])
    expect([up, down, later].map((rows) => rows.map((one) => one.n))).toEqual([
      [1, 2, 3],
      [3, 2],
      [2, 3],
    ])
  })

  test('lets two writers of one row follow each other without losing a number', async () => {
    const bump = (): Promise<void> =>
      store.write(['meta'], async (tx) => {
        const n = (await tx.get('meta', 'next_n'))?.n ?? 1
        await tx.put('meta', [{ key: 'next_n', n: n + 1, v: 1, box: null }])
      })
    await Promise.all(Array.from({ length: 20 }, bump))
    expect((await store.read(['meta'], (tx) => tx.get('meta', 'next_n')))?.n).toBe(21)
  })

  test('hands out copies: changing a row read changes nothing kept', async () => {
    await store.write(['base'], (tx) => tx.put('base', [base('a')]))
    const row = (await store.read(['base'], (tx) => tx.get('base', 'a'))) as BaseRow
    row.ver = 99
    expect((await store.read(['base'], (tx) => tx.get('base', 'a')))?.ver).toBe(1)
  })
})

describe('the memory store as a disk', () => {
  test('a crash loses the open transaction and keeps the committed one', async () => {
    const disk = emptyDisk()
    const store = new MemoryStore(disk)
    await store.write(['base'], (tx) => tx.put('base', [base('a')]))
    const open = store.write(['base'], async (tx) => {
      await tx.put('base', [base('b')])
      store.crash()
    })
    await expect(open).rejects.toThrow()
    const again = new MemoryStore(disk)
    expect(await again.read(['base'], (tx) => tx.count('base'))).toBe(1)
  })

  test('a full disk fails the whole transaction', async () => {
    const store = new MemoryStore()
    store.failAfter(1)
    await expect(store.write(['base'], (tx) => tx.put('base', [base('a'), base('b')]))).rejects.toThrow('Quota')
    store.failAfter(Infinity)
    expect(await store.read(['base'], (tx) => tx.count('base'))).toBe(0)
  })
})

test('a database of the first release gains the photos and keeps every row', async () => {
  const name = `first-${Math.random()}`
  const first = new Dexie(name)
  first.version(1).stores({ base: 'id, [type+id], [type+status+id], *refs, [scope+id]', memberships: '[scope+id], id', outbox: 'id, n, [record+n], [type+n], [scope+n]' })
  await first.table('outbox').put(waiting(1))
  await first.table('base').put(base('a'))
  await first.table('memberships').put(member('grid:1', 'a'))
  first.close()
  const store = await IndexedDbStore.open(name)
  await store.write(['photos'], (tx) => tx.put('photos', [photo('a', 1)]))
  const held = await store.read(['base', 'memberships', 'outbox', 'photos'], async (tx) => [
    await tx.get('outbox', 'c1'),
    await tx.range('base', 'scope', { is: ['grid:1'] }),
    await tx.range('memberships', 'id', { is: ['a'] }),
    await tx.count('photos'),
  ])
  expect(held).toEqual([waiting(1), [base('a')], [member('grid:1', 'a')], 1])
  await store.close()
})
