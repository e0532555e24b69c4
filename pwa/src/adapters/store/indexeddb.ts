/**
 * The store in IndexedDB through Dexie. One database a user, named by user.
 *
 * Inside a transaction nothing but store calls may be awaited: the browser commits a transaction that
 * has nothing to do, so boxes are sealed before and opened after.
 */
import Dexie, { type Table, type Transaction } from 'dexie'
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

const columnsOf = (table: TableName, index: string): readonly string[] =>
  (INDEXES[table] as Record<string, readonly string[]>)[index]

const dexieName = (columns: readonly string[]): string => (columns.length === 1 ? columns[0] : `[${columns.join('+')}]`)

/** Dexie's schema text, primary key first. */
const schemaOf = (table: TableName): string =>
  Object.values(INDEXES[table] as Record<string, readonly string[]>)
    .map(dexieName)
    .join(', ')

/** Tables that later versions of the database brought; all others were there from the first. */
const SINCE: Partial<Record<TableName, number>> = { photos: 2, files: 2 }
const VERSIONS = [1, 2]

const LEAST = -Infinity
/** Beyond every key; a new one each time, because a key must not hold the same array twice. */
const greatest = (): unknown => [[]]

/** Bounds for rows whose leading columns are `is`, beyond `after` in the next one. */
const bounds = (columns: readonly string[], query: Range): [unknown, unknown] => {
  const is = query.is ?? []
  const open = columns.length - is.length
  const lowest = Array.from({ length: open }, (_, at): unknown => {
    if (query.after === undefined) return LEAST
    return at === 0 ? query.after : greatest() // everything that has `after` itself lies below
  })
  const lower = [...is, ...lowest]
  const upper = [...is, ...Array.from({ length: open }, greatest)]
  return columns.length === 1 ? [lower[0], upper[0]] : [lower, upper]
}

class DexieTx implements Writing {
  constructor(private readonly tx: Transaction) {}

  private table<T extends TableName>(name: T): Table<Tables[T], Key> {
    return this.tx.table(name)
  }

  async get<T extends TableName>(table: T, key: Key): Promise<Tables[T] | undefined> {
    return this.table(table).get(key)
  }

  async getMany<T extends TableName>(table: T, keys: Key[]): Promise<(Tables[T] | undefined)[]> {
    return this.table(table).bulkGet(keys)
  }

  private where<T extends TableName>(table: T, index: string, query: Range) {
    const columns = columnsOf(table, index)
    const many = columns[0].startsWith('*')
    const name = many ? columns[0].slice(1) : index === 'key' ? ':id' : dexieName(columns)
    const clause = this.table(table).where(name)
    if (many) return clause.equals((query.is ?? [])[0])
    const [lower, upper] = bounds(columns, query)
    return clause.between(lower, upper, query.after === undefined, true)
  }

  async range<T extends TableName>(table: T, index: IndexName<T>, query: Range = {}): Promise<Tables[T][]> {
    let found = this.where(table, index, query)
    if (query.backwards) found = found.reverse()
    if (query.limit !== undefined) found = found.limit(query.limit)
    return found.toArray()
  }

  async count<T extends TableName>(table: T, index?: IndexName<T>, is?: (string | number)[]): Promise<number> {
    return index ? this.where(table, index, { is }).count() : this.table(table).count()
  }

  async put<T extends TableName>(table: T, rows: Tables[T][]): Promise<void> {
    await this.table(table).bulkPut(rows)
  }

  async remove<T extends TableName>(table: T, keys: Key[]): Promise<void> {
    await this.table(table).bulkDelete(keys)
  }
}

export class IndexedDbStore implements Store {
  private constructor(private readonly db: Dexie) {}

  /** Opens (and makes) the database; rejects when the browser gives none. */
  static async open(name: string): Promise<IndexedDbStore> {
    // "saved on this phone" has to outlive an empty battery: Chromium alone would answer before the disk does
    const db = new Dexie(name, { chromeTransactionDurability: 'strict' })
    const names = Object.keys(INDEXES) as TableName[]
    for (const version of VERSIONS) {
      const fresh = names.filter((table) => (SINCE[table] ?? 1) === version)
      db.version(version).stores(Object.fromEntries(fresh.map((table) => [table, schemaOf(table)])))
    }
    // another tab that upgrades or deletes the database must not wait for this one
    db.on('versionchange', () => db.close())
    await db.open()
    return new IndexedDbStore(db)
  }

  static async destroy(name: string): Promise<void> {
    await Dexie.delete(name)
  }

  read<R>(tables: TableName[], work: (tx: Reader) => Promise<R>): Promise<R> {
    return this.db.transaction('r', tables, (tx) => work(new DexieTx(tx))) as Promise<R>
  }

  write<R>(tables: TableName[], work: (tx: Writing) => Promise<R>): Promise<R> {
    return this.db.transaction('rw', tables, (tx) => work(new DexieTx(tx))) as Promise<R>
  }

  async close(): Promise<void> {
    this.db.close()
  }
}
