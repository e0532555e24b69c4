/**
 * The store in IndexedDB. One database a user, named by user.
 *
 * Inside a transaction nothing but store calls may be awaited, so boxes are sealed before and opened after.
 */
import { deleteDB, unwrap, type IDBPDatabase } from 'idb'
import {
  INDEXES,
  type IndexName,
  type Key,
  type Range,
  type Reader,
  type Store,
  type TableName,
  type Tables,
  type Writing,
} from '../../core/store'
import { Database, type Transaction } from '../database'

const NAMES = Object.keys(INDEXES) as TableName[]
/** Tables that later versions of the database brought; all others were there from the first. */
const SINCE: Partial<Record<TableName, number>> = { photos: 20, files: 20 }
const FIRST = 10
const VERSION = 20

const columnsOf = (table: TableName, index: string): readonly string[] =>
  (INDEXES[table] as Record<string, readonly string[]>)[index]

const bare = (column: string): string => column.replace('*', '')
const pathOf = (columns: readonly string[]): string | string[] => (columns.length === 1 ? bare(columns[0]) : [...columns])
const nameOf = (columns: readonly string[]): string => (columns.length === 1 ? bare(columns[0]) : `[${columns.join('+')}]`)

function upgrade(db: IDBPDatabase, from: number): void {
  for (const table of NAMES.filter((name) => (SINCE[name] ?? FIRST) > from)) {
    const { key, ...indexes } = INDEXES[table] as Record<string, readonly string[]>
    const made = db.createObjectStore(table, { keyPath: pathOf(key) })
    for (const columns of Object.values(indexes)) {
      made.createIndex(nameOf(columns), pathOf(columns), { multiEntry: columns[0].startsWith('*') })
    }
  }
}

const LEAST = -Infinity
/** Beyond every key; a new one each time, because a key must not hold the same array twice. */
const greatest = (): IDBValidKey => [[]]

/** Rows whose leading columns are `is`, beyond `after` in the next one. */
function keysOf(columns: readonly string[], query: Range): IDBKeyRange {
  const is: IDBValidKey[] = query.is ?? []
  if (columns[0].startsWith('*')) return IDBKeyRange.only(is[0])
  const open = columns.length - is.length
  const lowest = Array.from({ length: open }, (_, at): IDBValidKey => {
    if (query.after === undefined) return LEAST
    return at === 0 ? query.after : greatest() // everything that has `after` itself lies below
  })
  const lower = [...is, ...lowest]
  const upper = [...is, ...Array.from({ length: open }, greatest)]
  const beyond = query.after !== undefined
  return columns.length === 1 ? IDBKeyRange.bound(lower[0], upper[0], beyond) : IDBKeyRange.bound(lower, upper, beyond)
}

class StoreTx implements Writing {
  constructor(private readonly tx: Transaction) {}

  private source(table: TableName, index: string) {
    const store = this.tx.objectStore(table)
    return index === 'key' ? store : store.index(nameOf(columnsOf(table, index)))
  }

  get<T extends TableName>(table: T, key: Key): Promise<Tables[T] | undefined> {
    return this.tx.objectStore(table).get(key)
  }

  getMany<T extends TableName>(table: T, keys: Key[]): Promise<(Tables[T] | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(table, key)))
  }

  async range<T extends TableName>(table: T, index: IndexName<T>, query: Range = {}): Promise<Tables[T][]> {
    const keys = keysOf(columnsOf(table, index), query)
    if (query.limit === 0) return []
    if (!query.backwards) return this.source(table, index).getAll(keys, query.limit)
    const rows: Tables[T][] = []
    let cursor = await this.source(table, index).openCursor(keys, 'prev')
    while (cursor && rows.length < (query.limit ?? Infinity)) {
      rows.push(cursor.value)
      cursor = await cursor.continue()
    }
    return rows
  }

  count<T extends TableName>(table: T, index?: IndexName<T>, is?: (string | number)[]): Promise<number> {
    return index ? this.source(table, index).count(keysOf(columnsOf(table, index), { is })) : this.tx.objectStore(table).count()
  }

  async put<T extends TableName>(table: T, rows: Tables[T][]): Promise<void> {
    const store = unwrap(this.tx.objectStore(table)) as IDBObjectStore
    // no promise a row: what fails ends the transaction, and a page of a first load is a thousand rows
    for (const row of rows) store.put(row)
  }

  async remove<T extends TableName>(table: T, keys: Key[]): Promise<void> {
    const store = this.tx.objectStore(table)
    await Promise.all(keys.map((key) => store.delete(key)))
  }
}

export class IndexedDbStore implements Store {
  private constructor(private readonly db: Database) {}

  /** Opens (and makes) the database; rejects when the browser gives none. */
  static async open(name: string): Promise<IndexedDbStore> {
    return new IndexedDbStore(await new Database(name, VERSION, upgrade).open())
  }

  static destroy(name: string): Promise<void> {
    return deleteDB(name)
  }

  read<R>(tables: TableName[], work: (tx: Reader) => Promise<R>): Promise<R> {
    return this.db.run(tables, 'readonly', (tx) => work(new StoreTx(tx as unknown as Transaction)))
  }

  write<R>(tables: TableName[], work: (tx: Writing) => Promise<R>): Promise<R> {
    return this.db.run(tables, 'readwrite', (tx) => work(new StoreTx(tx)))
  }

  async close(): Promise<void> {
    this.db.close()
  }
}
