/** One table inside one transaction of IndexedDB: the common kind, a record a row. */
import { unwrap, type IDBPDatabase } from 'idb'
import type { Key, Range, TableName } from '../../core/store'
import type { Transaction } from '../database'
import { columnsOf, indexesOf, isList, keysOf, nameOf, pathOf, type AnyRow } from './keys'

/** The store's port, for one table. */
export interface Table {
  getMany(keys: Key[]): Promise<(AnyRow | undefined)[]>
  range(index: string, query: Range): Promise<AnyRow[]>
  count(index: string, is?: (string | number)[]): Promise<number>
  put(rows: AnyRow[]): Promise<void>
  remove(keys: Key[]): Promise<void>
}

export function createTable(db: IDBPDatabase, table: TableName): void {
  const made = db.createObjectStore(table, { keyPath: pathOf(columnsOf(table, 'key')) })
  for (const [index, columns] of indexesOf(table)) {
    if (index !== 'key') made.createIndex(nameOf(columns), pathOf(columns), { multiEntry: isList(columns) })
  }
}

export class PlainTable implements Table {
  constructor(
    private readonly tx: Transaction,
    private readonly table: TableName,
  ) {}

  private get store() {
    return this.tx.objectStore(this.table)
  }

  private source(index: string) {
    return index === 'key' ? this.store : this.store.index(nameOf(columnsOf(this.table, index)))
  }

  getMany(keys: Key[]): Promise<(AnyRow | undefined)[]> {
    return Promise.all(keys.map((key) => this.store.get(key) as Promise<AnyRow | undefined>))
  }

  async range(index: string, query: Range): Promise<AnyRow[]> {
    const keys = keysOf(columnsOf(this.table, index), query)
    if (!query.backwards) return this.source(index).getAll(keys, query.limit)
    const rows: AnyRow[] = []
    let cursor = await this.source(index).openCursor(keys, 'prev')
    while (cursor && rows.length < (query.limit ?? Infinity)) {
      rows.push(cursor.value)
      cursor = await cursor.continue()
    }
    return rows
  }

  count(index: string, is?: (string | number)[]): Promise<number> {
    return this.source(index).count(keysOf(columnsOf(this.table, index), { is }))
  }

  async put(rows: AnyRow[]): Promise<void> {
    const store = unwrap(this.store) as IDBObjectStore
    for (const row of rows) store.put(row) // no promise a row: what fails ends the transaction
  }

  async remove(keys: Key[]): Promise<void> {
    await Promise.all(keys.map((key) => this.store.delete(key)))
  }
}
