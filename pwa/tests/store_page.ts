/** What tests/e2e/test_store.py asks of the store in a page of a real browser: `window.stores`. */
import { openDB } from 'idb'
import { IndexedDbStore } from '../src/adapters/store/indexeddb'
import { MemoryStore } from '../src/adapters/store/memory'
import type { BaseRow } from '../src/core/store'
import { difference } from './store_random'
import { base, former, id, numbers } from './store_rows'

const stores = {
  async difference(seed: number, transactions: number): Promise<string | null> {
    const store = await IndexedDbStore.open(`random-${seed}`)
    const found = await difference(new MemoryStore(), store, seed, transactions)
    await store.close()
    return found
  },

  async fill(name: string, count: number): Promise<void> {
    const store = await IndexedDbStore.open(name)
    await store.write(['base'], (tx) => tx.put('base', numbers(count).map((n) => base(n, { ver: 0 }))))
    await store.close()
  },

  /** Adds one to every `step`th row's version, each in a transaction of its own. */
  async count(name: string, rows: number, from: number, step: number): Promise<void> {
    const store = await IndexedDbStore.open(name)
    for (let n = from; n < rows; n += step) {
      await store.write(['base'], async (tx) => {
        const row = (await tx.get('base', id(n))) as BaseRow
        await tx.put('base', [{ ...row, ver: row.ver + 1 }])
      })
    }
    await store.close()
  },

  async versions(name: string): Promise<number[]> {
    const store = await IndexedDbStore.open(name)
    const rows = await store.read(['base'], (tx) => tx.range('base', 'key'))
    await store.close()
    return rows.map((row) => row.ver)
  },

  former,

  /** Of the database as it lies there. */
  async version(name: string): Promise<number> {
    const db = await openDB(name)
    db.close()
    return db.version
  },

  /** Rows, memberships, rows of one type, and how long the database took to open, ms. */
  async opened(name: string): Promise<number[]> {
    const start = performance.now()
    const store = await IndexedDbStore.open(name)
    const took = performance.now() - start
    const counted = await store.read(['base', 'memberships'], async (tx) => [
      (await tx.range('base', 'key')).filter((row) => row.box.length === 400 && row.ver === 1).length,
      await tx.count('memberships', 'key', ['grid:1']),
      await tx.count('base', 'type', ['household']),
    ])
    await store.close()
    return [...counted, took]
  },
}
Object.assign(window, { stores })
