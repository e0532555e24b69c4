/** Tables kept in pages: nothing outside can tell, whatever is put, removed and asked in whatever order. */
import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { describe, expect, test } from 'vitest'
import { IndexedDbStore } from '@/adapters/store/indexeddb'
import { MemoryStore } from '@/adapters/store/memory'
import type { BaseRow } from '@/core/store'
import { difference } from './store_random'
import { base, former, id, member, numbers } from './store_rows'

const named = (): string => `pages-${Math.random()}`
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
    await tx.put('base', numbers(1_000).map((n) => base(n)))
    await tx.put('memberships', numbers(1_000).map(member))
  })
  expect([await records(name, 'base_pages'), await records(name, 'memberships_pages')]).toEqual([42, 42])
  await store.close()
})

test('a page of which every row was removed is gone', async () => {
  const name = named()
  const store = await IndexedDbStore.open(name)
  await store.write(['base'], (tx) => tx.put('base', numbers(100).map((n) => base(n))))
  await store.write(['base'], (tx) => tx.remove('base', numbers(100).map(id)))
  expect(await records(name, 'base_pages')).toBe(0)
  await store.close()
})

test('two changes of one page in one transaction, begun together, are both kept', async () => {
  const store = await IndexedDbStore.open(named())
  await store.write(['base'], (tx) => tx.put('base', numbers(24).map((n) => base(2 * n))))
  await store.write(['base'], (tx) => Promise.all(numbers(24).map((n) => tx.put('base', [base(2 * n, { ver: 100 + n })]))))
  const rows = await store.read(['base'], (tx) => tx.range('base', 'key'))
  expect(rows.map((row) => row.ver)).toEqual(numbers(24).map((n) => 100 + n))
  await store.close()
})

test('rows removed and put again by the dozen are found in the same transaction', async () => {
  const store = await IndexedDbStore.open(named())
  await store.write(['base'], (tx) => tx.put('base', numbers(100).map((n) => base(n))))
  const found = await store.write(['base'], async (tx) => {
    await tx.remove('base', numbers(100).map(id))
    await tx.put('base', numbers(100).map((n) => base(n, { ver: 2 })))
    return tx.getMany('base', numbers(100).map(id))
  })
  expect(found.map((row) => row?.ver)).toEqual(numbers(100).map(() => 2))
  await store.close()
})

test('a row that was read and changed is not kept with its neighbour in the page', async () => {
  const store = await IndexedDbStore.open(named())
  await store.write(['base'], (tx) => tx.put('base', [base(0), base(2)]))
  await store.write(['base'], async (tx) => {
    const [row] = await tx.range('base', 'key')
    row.ver = 99
    await tx.put('base', [base(2, { ver: 2 })])
  })
  expect((await store.read(['base'], (tx) => tx.range('base', 'key'))).map((row) => row.ver)).toEqual([1, 2])
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

  test('keeps every row, found as before', async () => {
    const name = named()
    await former(name, COUNT)
    const store = await IndexedDbStore.open(name)
    const [rows, members, visits, named3, one] = await store.read(['base', 'memberships'], async (tx) => [
      await tx.range('base', 'key'),
      await tx.range('memberships', 'key', { is: ['grid:1'] }),
      await tx.count('base', 'type', ['visit']),
      await tx.range('base', 'ref', { is: [id(3)] }),
      await tx.get('memberships', ['grid:1', id(7)]),
    ])
    expect([rows, members]).toEqual([numbers(COUNT).map((n) => base(n)), numbers(COUNT).map(member)])
    expect([visits, named3, one]).toEqual([(COUNT - 1) / 2, [base(2)], member(7)])
    await store.close()
  })

  test('stays as it was when moving it fails, and is moved at the next start', async () => {
    const name = named()
    await former(name, COUNT)
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

  test('that the browser itself stops moving stays as it was too', async () => {
    const name = named()
    await former(name, COUNT)
    const add = IDBObjectStore.prototype.add
    IDBObjectStore.prototype.add = function (...args) {
      const asked = add.apply(this, args)
      this.transaction.abort()
      return asked
    }
    try {
      await expect(IndexedDbStore.open(name)).rejects.toThrow()
    } finally {
      IDBObjectStore.prototype.add = add
    }
    expect(await records(name, 'base')).toBe(COUNT)
  })
})
