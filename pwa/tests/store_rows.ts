/** Rows for tests of the store in pages, and a database from before there were pages. */
import { openDB } from 'idb'
import type { BaseRow, MembershipRow } from '../src/core/store'

export const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
export const id = (n: number): string => `r${String(n).padStart(6, '0')}`

/** Of two types in turn; names its successor. */
export const base = (n: number, more: Partial<BaseRow> = {}): BaseRow => ({
  ...{ id: id(n), type: n % 2 ? 'visit' : 'household', scope: 'grid:1', status: '', rev: '0', ver: 1, timeline: 't' },
  ...{ refs: [id(n + 1)], at: '', orphan: 0, v: 1, box: new Uint8Array(400).fill(n % 256), ...more },
})
export const member = (n: number): MembershipRow => ({ scope: 'grid:1', id: id(n), rev: '0', run: '' })

/** As version 20 made it. */
export async function former(name: string, count: number): Promise<void> {
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
  for (const n of numbers(count)) {
    void tx.objectStore('base').put(base(n))
    void tx.objectStore('memberships').put(member(n))
  }
  await tx.done
  db.close()
}
