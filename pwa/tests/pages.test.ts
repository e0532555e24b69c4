/** Tables kept in pages: nothing outside can tell, whatever is put, removed and asked in whatever order. */
import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { describe, expect, test } from 'vitest'
import { IndexedDbStore } from '@/adapters/store/indexeddb'
import { MemoryStore } from '@/adapters/store/memory'
import type { BaseRow, MembershipRow } from '@/core/store'
import { difference } from './store_random'

const named = (): string => `pages-${Math.random()}`
const id = (n: number): string => `r${String(n).padStart(5, '0')}`
const base = (n: number, more: Partial<BaseRow> = {}): BaseRow => ({
  ...{ id: id(n), type: n % 2 ? 'visit' : 'household', scope: 'grid:1', status: '', rev: '0', ver: 1, timeline: 't' },
  ...{ refs: [id(n + 1)], at: '', orphan: 0, v: 1, box: new Uint8Array([n % 256]), ...more },
})
const member = (n: number): MembershipRow => ({ scope: 'grid:1', id: id(n), rev: '0', run: '' })
const all = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** Records of IndexedDB that the table takes. */
async function records(name: string, table: string): Promise<number> {
  const db = await openDB(name)
  const count = await db.count(table)
  db.close()
  return count
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('seed %i: pages answer as a store in memory does', async (seed) => {
  const store = await IndexedDbStore.open(named())
  expect(await difference(new MemoryStore(), store, seed, 40)).toBeNull()
  await store.close()
})

test('a thousand rows are some forty records, of one type each', async () => {
  const name = named()
  const store = await IndexedDbStore.open(name)
  await store.write(['base', 'memberships'], async (tx) => {
    await tx.put('base', all(1_000).map((n) => base(n)))
    await tx.put('memberships', all(1_000).map(member))
  })
  expect([await records(name, 'base_pages'), await records(name, 'memberships_pages')]).toEqual([42, 42])
  await store.close()
})

test('a page of which every row was removed is gone', async () => {
  const name = named()
  const store = await IndexedDbStore.open(name)
  await store.write(['base'], (tx) => tx.put('base', all(100).map((n) => base(n))))
  await store.write(['base'], (tx) => tx.remove('base', all(100).map(id)))
  expect(await records(name, 'base_pages')).toBe(0)
  await store.close()
})

test('two changes of one page in one transaction, begun together, are both kept', async () => {
  const store = await IndexedDbStore.open(named())
  await store.write(['base'], (tx) => tx.put('base', all(24).map((n) => base(2 * n))))
  await store.write(['base'], (tx) => Promise.all(all(24).map((n) => tx.put('base', [base(2 * n, { ver: 100 + n })]))))
  const rows = await store.read(['base'], (tx) => tx.range('base', 'key'))
  expect(rows.map((row) => row.ver)).toEqual(all(24).map((n) => 100 + n))
  await store.close()
})

test('a row without a key is refused, since nobody would find it again', async () => {
  const store = await IndexedDbStore.open(named())
  const nameless = { ...base(1), id: undefined } as unknown as BaseRow
  await expect(store.write(['base'], (tx) => tx.put('base', [base(0), nameless]))).rejects.toThrow()
  expect(await store.read(['base'], (tx) => tx.count('base'))).toBe(0)
  await store.close()
})

describe('a database from before there were pages', () => {
  const COUNT = 2_345

  /** As version 20 made it. */
  async function former(name: string): Promise<void> {
    const db = await openDB(name, 20, {
      upgrade(made) {
        const rows = made.createObjectStore('base', { keyPath: 'id' })
        rows.createIndex('[type+id]', ['type', 'id'])
        rows.createIndex('[type+status+id]', ['type', 'status', 'id'])
        rows.createIndex('refs', 'refs', { multiEntry: true })
        rows.createIndex('[scope+id]', ['scope', 'id'])
        made.createObjectStore('memberships', { keyPath: ['scope', 'id'] }).createIndex('id', 'id')
        made.createObjectStore('cursors', { keyPath: 'scope' })
      },
    })
    const tx = db.transaction(['base', 'memberships'], 'readwrite')
    for (const n of all(COUNT)) {
      void tx.objectStore('base').put(base(n))
      void tx.objectStore('memberships').put(member(n))
    }
    await tx.done
    db.close()
  }

  test('keeps every row, found as before', async () => {
    const name = named()
    await former(name)
    const store = await IndexedDbStore.open(name)
    const [rows, members, visits, named3, one] = await store.read(['base', 'memberships'], async (tx) => [
      await tx.range('base', 'key'),
      await tx.range('memberships', 'key', { is: ['grid:1'] }),
      await tx.count('base', 'type', ['visit']),
      await tx.range('base', 'ref', { is: [id(3)] }),
      await tx.get('memberships', ['grid:1', id(7)]),
    ])
    expect([rows, members]).toEqual([all(COUNT).map((n) => base(n)), all(COUNT).map(member)])
    expect([visits, named3, one]).toEqual([(COUNT - 1) / 2, [base(2)], member(7)])
    await store.close()
  })

  test('stays as it was when moving it fails, and is moved at the next start', async () => {
    const name = named()
    await former(name)
    const add = IDBObjectStore.prototype.add
    let left = 50
    IDBObjectStore.prototype.add = function (...args) {
      if (left-- <= 0) throw new DOMException('disk full', 'QuotaExceededError')
      return add.apply(this, args)
    }
    try {
      await expect(IndexedDbStore.open(name)).rejects.toMatchObject({ name: 'QuotaExceededError' })
    } finally {
      IDBObjectStore.prototype.add = add
    }
    expect(await records(name, 'base')).toBe(COUNT)
    const store = await IndexedDbStore.open(name)
    expect(await store.read(['base'], (tx) => tx.count('base'))).toBe(COUNT)
    await store.close()
  })
})
