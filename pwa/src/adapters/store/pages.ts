/**
 * Tables of which thousands of rows come at once, kept in pages: rows that are put together lie in one record of
 * IndexedDB, whose indexes list every row of it. A record costs little more than a row did, so a first load takes
 * less than half the time. Each row keeps its own box; where it lies is nobody's business outside.
 *
 * A row lies in exactly one page and stays there until it is removed; the index of the keys is unique and sees to it.
 */
import { unwrap, type IDBPDatabase } from 'idb'
import type { Key, Range, TableName } from '../../core/store'
import type { Transaction } from '../database'
import { columnsOf, indexesOf, isList, type AnyRow } from './keys'
import { BETWEEN, byColumns, fits, textOf, textsOf, textsBetween } from './page_keys'
import type { Table } from './table'

/** Rows of a page at most: with more, a change of one row writes too many others again. */
const SIZE = 24
/** Rows moved into pages at a time. */
const MOVED = 1_000

type Paged = 'base' | 'memberships'
const PAGED: readonly TableName[] = ['base', 'memberships'] satisfies Paged[]
export const isPaged = (table: TableName): table is Paged => PAGED.includes(table)
/** The object store that holds the table. */
export const storeOf = (table: TableName): string => (isPaged(table) ? `${table}_pages` : table)

/** `entries`: what each index lists of its rows. */
interface Page {
  no?: number
  entries: Record<string, string[]>
  rows: AnyRow[]
}

export function createPages(db: IDBPDatabase, table: Paged): void {
  const made = db.createObjectStore(storeOf(table), { keyPath: 'no', autoIncrement: true })
  for (const [index] of indexesOf(table)) made.createIndex(index, `entries.${index}`, { multiEntry: true, unique: index === 'key' })
}

/** A page under the number `no`, or under a new one. */
function pageOf(table: Paged, rows: AnyRow[], no?: number): Page {
  const entries: Page['entries'] = {}
  for (const [index, columns] of indexesOf(table)) entries[index] = textsOf(columns, rows)
  return no === undefined ? { entries, rows } : { no, entries, rows }
}

/** Adds the pages; resolves to those not added because one of their rows lies in another page. */
function added(store: IDBObjectStore, pages: Page[]): Promise<Set<Page>> {
  const refused = new Set<Page>()
  return new Promise((done, failed) => {
    pages.forEach((page, at) => {
      const asked = store.add(page)
      const last = at === pages.length - 1 // requests are answered in turn
      if (last) asked.onsuccess = () => done(refused)
      asked.onerror = (event) => {
        if (asked.error?.name !== 'ConstraintError') return failed(asked.error ?? new Error('not added'))
        event.preventDefault() // the transaction goes on,
        event.stopPropagation() // and does not take it for its own failure
        refused.add(page)
        if (last) done(refused)
      }
    })
  })
}

/** One paged table inside one transaction. */
export class PagedTable implements Table {
  private readonly key: readonly string[]
  /** Pages read in this transaction, as they are now, and in which of them rows lie; null in none. */
  private readonly held = new Map<number, Page>()
  private readonly places = new Map<string, number | null>()
  /** One thing after the other: two changes of one page begun at once would lose one of them. */
  private turn: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly tx: Transaction,
    private readonly table: Paged,
  ) {
    this.key = columnsOf(table, 'key')
  }

  private get pages() {
    return this.tx.objectStore(storeOf(this.table))
  }

  private keyOf = (row: AnyRow): string => textOf(this.key, row)

  getMany(keys: Key[]): Promise<(AnyRow | undefined)[]> {
    return this.inTurn(async () => {
      const texts = keys.map(text)
      const rows = new Map((await this.holding(texts)).flatMap((page) => page.rows.map((row) => [this.keyOf(row), row])))
      return texts.map((key) => copied(rows.get(key)))
    })
  }

  range(index: string, query: Range): Promise<AnyRow[]> {
    const columns = columnsOf(this.table, index)
    // entries come in the order of the rows only where the index holds the whole key
    const inOrder = !query.backwards && !isList(columns) && this.key.every((column) => columns.includes(column))
    return this.inTurn(async () => {
      const numbers = await this.pages.index(index).getAllKeys(textsBetween(columns, query), inOrder ? query.limit : undefined)
      const rows = (await this.read(numbers as number[])).flatMap((page) => page.rows.filter((row) => fits(columns, query, row)))
      rows.sort(byColumns([...(isList(columns) ? [] : columns.slice(query.is?.length)), ...this.key]))
      if (query.backwards) rows.reverse()
      return rows.slice(0, query.limit).map(copied)
    })
  }

  async count(index: string, is?: (string | number)[]): Promise<number> {
    const columns = columnsOf(this.table, index)
    if (isList(columns)) return (await this.range(index, { is })).length // a page lists an id once
    await this.turn // counts side by side: they read no page
    return this.pages.index(index).count(textsBetween(columns, { is }))
  }

  async put(rows: AnyRow[]): Promise<void> {
    if (rows.some((row) => this.key.some((column) => typeof row[column] !== 'string'))) {
      throw new TypeError('a row without a key would never be found again')
    }
    // twice in one call: the later one counts
    const unlike = [...new Map(rows.map((row) => [this.keyOf(row), row])).values()]
    await this.inTurn(async () => this.place(unlike.length < SIZE ? unlike : await this.add(unlike)))
  }

  remove(keys: Key[]): Promise<void> {
    const gone = new Set(keys.map(text))
    return this.inTurn(async () => {
      for (const { no, rows } of await this.holding([...gone])) {
        this.write(rows.filter((row) => !gone.has(this.keyOf(row))), no)
      }
      for (const key of gone) this.places.set(key, null)
    })
  }

  private inTurn<R>(work: () => Promise<R>): Promise<R> {
    const turn = this.turn.then(work)
    this.turn = turn
    return turn
  }

  /** Rows that are likely new, page by page; resolves to those of pages that would not do, of which one is not. */
  private async add(rows: AnyRow[]): Promise<AnyRow[]> {
    const pages = partsOf(rows).map((part) => pageOf(this.table, part))
    const refused = await added(unwrap(this.pages) as IDBObjectStore, pages)
    for (const row of rows) this.places.delete(this.keyOf(row))
    return [...refused].flatMap((page) => page.rows)
  }

  /** Rows that are here stay in their pages, the others get pages of their own. */
  private async place(rows: AnyRow[]): Promise<void> {
    const coming = new Map(rows.map((row) => [this.keyOf(row), row]))
    for (const page of await this.holding([...coming.keys()])) {
      const renewed = page.rows.map((row) => {
        const key = this.keyOf(row)
        const now = copied(coming.get(key)) ?? row
        coming.delete(key)
        return now
      })
      this.write(renewed, page.no)
    }
    for (const part of partsOf([...coming.values()])) this.write(part)
  }

  /** No promise a page: what fails ends the transaction. */
  private write(rows: AnyRow[], no?: number): void {
    const store = unwrap(this.pages) as IDBObjectStore
    if (no === undefined) {
      store.put(pageOf(this.table, rows))
      for (const row of rows) this.places.delete(this.keyOf(row)) // its number is not known yet
    } else if (rows.length) {
      const page = pageOf(this.table, rows, no)
      store.put(page)
      this.held.set(no, page)
    } else {
      store.delete(no)
      this.held.delete(no)
    }
  }

  /** The pages that hold any of these rows. */
  private async holding(keys: string[]): Promise<Page[]> {
    const index = this.pages.index('key')
    const unknown = keys.filter((key) => !this.places.has(key))
    const found = await Promise.all(unknown.map((key) => index.getKey(key)))
    unknown.forEach((key, at) => this.places.set(key, (found[at] as number | undefined) ?? null))
    return this.read(keys.map((key) => this.places.get(key) ?? null))
  }

  private async read(numbers: (number | null)[]): Promise<Page[]> {
    const unlike = [...new Set(numbers)].filter((no) => no !== null)
    const pages = await Promise.all(unlike.map((no) => this.held.get(no) ?? (this.pages.get(no) as Promise<Page>)))
    for (const page of pages) {
      this.held.set(page.no as number, page)
      for (const row of page.rows) this.places.set(this.keyOf(row), page.no as number)
    }
    return pages
  }
}

const text = (key: Key): string => (typeof key === 'string' ? key : (key as string[]).join(BETWEEN))

const copied = <R extends AnyRow | undefined>(row: R): R => (row === undefined ? row : { ...row })

/**
 * Rows of one page are of one scope, so that their ids tell them apart (of memberships too), and of one type, so that a
 * list of one type reads no others.
 */
function partsOf(rows: AnyRow[]): AnyRow[][] {
  const parts: AnyRow[][] = []
  const open = new Map<string, AnyRow[]>()
  for (const row of rows) {
    const alike = `${row.scope} ${row.type}`
    const part = open.get(alike) ?? []
    if (part.push(row) === 1) parts.push(part)
    if (part.length < SIZE) open.set(alike, part)
    else open.delete(alike)
  }
  return parts
}

/** Rows of a database from before there were pages; by type, as a first load brings them. */
export async function intoPages(tx: Transaction<'versionchange'>, table: Paged): Promise<void> {
  const pages = new PagedTable(tx as unknown as Transaction, table)
  const old = tx.objectStore(table)
  const source = table === 'base' ? old.index('[type+id]') : old
  const keyOf = (row: AnyRow): IDBValidKey => (table === 'base' ? [row.type, row.id] : [row.scope, row.id])
  for (let last: AnyRow | undefined; ; ) {
    const rows = (await source.getAll(last && IDBKeyRange.lowerBound(keyOf(last), true), MOVED)) as AnyRow[]
    await pages.put(rows)
    if (rows.length < MOVED) return
    last = rows[rows.length - 1]
  }
}
