/**
 * The store in IndexedDB. One database a user, named by user.
 *
 * Inside a transaction nothing but store calls may be awaited, so boxes are sealed before and opened after.
 */
import { deleteDB, type IDBPDatabase } from 'idb'
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
import type { AnyRow } from './keys'
import { createPages, intoPages, isPaged, PagedTable, storeOf } from './pages'
import { createTable, PlainTable, type Table } from './table'

const NAMES = Object.keys(INDEXES) as TableName[]
const FIRST = 10
/** The version of the database that keeps two tables in pages. */
const PAGES = 30
/** Since when tables are kept as they are now; all others from the first. */
const SINCE: Partial<Record<TableName, number>> = { photos: 20, files: 20, base: PAGES, memberships: PAGES }
const VERSION = PAGES

async function upgrade(db: IDBPDatabase, from: number, tx: Transaction<'versionchange'>): Promise<void> {
  for (const table of NAMES.filter((name) => (SINCE[name] ?? FIRST) > from)) {
    if (isPaged(table)) createPages(db, table)
    else createTable(db, table)
  }
  if (from < FIRST || from >= PAGES) return
  for (const table of NAMES.filter(isPaged)) {
    await intoPages(tx, table)
    db.deleteObjectStore(table)
  }
}

class StoreTx implements Writing {
  private readonly tables = new Map<TableName, Table>()

  constructor(private readonly tx: Transaction) {}

  private of(name: TableName): Table {
    const table = this.tables.get(name) ?? (isPaged(name) ? new PagedTable(this.tx, name) : new PlainTable(this.tx, name))
    this.tables.set(name, table)
    return table
  }

  async get<T extends TableName>(table: T, key: Key): Promise<Tables[T] | undefined> {
    return (await this.getMany(table, [key]))[0]
  }

  getMany<T extends TableName>(table: T, keys: Key[]): Promise<(Tables[T] | undefined)[]> {
    return this.of(table).getMany(keys) as Promise<unknown> as Promise<(Tables[T] | undefined)[]>
  }

  async range<T extends TableName>(table: T, index: IndexName<T>, query: Range = {}): Promise<Tables[T][]> {
    if (query.limit === 0) return []
    return this.of(table).range(index, query) as Promise<unknown> as Promise<Tables[T][]>
  }

  count<T extends TableName>(table: T, index?: IndexName<T>, is?: (string | number)[]): Promise<number> {
    return this.of(table).count(index ?? 'key', is)
  }

  put<T extends TableName>(table: T, rows: Tables[T][]): Promise<void> {
    return this.of(table).put(rows as unknown as AnyRow[])
  }

  remove<T extends TableName>(table: T, keys: Key[]): Promise<void> {
    return this.of(table).remove(keys)
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
    return this.db.run(tables.map(storeOf), 'readonly', (tx) => work(new StoreTx(tx as unknown as Transaction)))
  }

  write<R>(tables: TableName[], work: (tx: Writing) => Promise<R>): Promise<R> {
    return this.db.run(tables.map(storeOf), 'readwrite', (tx) => work(new StoreTx(tx)))
  }

  async close(): Promise<void> {
    this.db.close()
  }
}
