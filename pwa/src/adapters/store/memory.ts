/**
 * A store in memory with the habits of a disk: what is not committed is lost in a crash, a failing
 * write leaves no trace, rows are copies. For tests, the simulator and the headless client.
 */
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

type AnyRow = Record<string, unknown>
type Table = Map<string, AnyRow>
/** Several stores (two tabs) may share one disk; its transactions wait for each other. */
export interface Disk {
  tables: Map<TableName, Table>
  queue: Promise<unknown>
}

const keyText = (key: Key): string => JSON.stringify(key)
const columnsOf = (table: TableName, index: string): readonly string[] =>
  (INDEXES[table] as Record<string, readonly string[]>)[index]

const keyOf = (table: TableName, row: AnyRow): string => {
  const columns = columnsOf(table, 'key').map((column) => row[column])
  return JSON.stringify(columns.length === 1 ? columns[0] : columns)
}

const copy = <T>(row: T): T => structuredClone(row)

const compare = (one: unknown, other: unknown): number =>
  typeof one === 'number' && typeof other === 'number'
    ? one - other
    : String(one) < String(other)
      ? -1
      : String(one) > String(other)
        ? 1
        : 0

export const emptyDisk = (): Disk => ({
  tables: new Map((Object.keys(INDEXES) as TableName[]).map((name) => [name, new Map()])),
  queue: Promise.resolve(),
})

class MemoryTx implements Writing {
  readonly changes = new Map<TableName, Map<string, AnyRow | null>>()

  constructor(
    private readonly disk: Disk,
    private readonly tables: TableName[],
    private readonly alive: () => void,
    private readonly onWrite: () => void,
  ) {}

  private table(name: TableName): Table {
    this.alive()
    if (!this.tables.includes(name)) throw new Error(`table ${name} is not part of this transaction`)
    return this.disk.tables.get(name) as Table
  }

  private find(name: TableName, key: string): AnyRow | undefined {
    const changed = this.changes.get(name)?.get(key)
    return changed === undefined ? this.table(name).get(key) : (changed ?? undefined)
  }

  private *rows(name: TableName): Iterable<AnyRow> {
    const changed = this.changes.get(name)
    for (const [key, row] of this.table(name)) if (!changed?.has(key)) yield row
    for (const row of changed?.values() ?? []) if (row) yield row
  }

  async get<T extends TableName>(table: T, key: Key): Promise<Tables[T] | undefined> {
    this.table(table)
    return copy(this.find(table, keyText(key))) as Tables[T] | undefined
  }

  async getMany<T extends TableName>(table: T, keys: Key[]): Promise<(Tables[T] | undefined)[]> {
    this.table(table)
    return keys.map((key) => copy(this.find(table, keyText(key)))) as (Tables[T] | undefined)[]
  }

  private matching(table: TableName, index: string, is: (string | number)[]): AnyRow[] {
    const columns = columnsOf(table, index)
    const many = columns[0].startsWith('*')
    const found: AnyRow[] = []
    for (const row of this.rows(table)) {
      const hit = many
        ? (row[columns[0].slice(1)] as unknown[]).includes(is[0])
        : is.every((value, at) => row[columns[at]] === value)
      if (hit) found.push(row)
    }
    return found
  }

  async range<T extends TableName>(table: T, index: IndexName<T>, range: Range = {}): Promise<Tables[T][]> {
    const columns = columnsOf(table, index)
    const is = range.is ?? []
    const next = columns[is.length]
    let rows = this.matching(table, index, is)
    if (range.after !== undefined) rows = rows.filter((row) => compare(row[next], range.after) > 0)
    const order = [...(columns[0].startsWith('*') ? [] : columns.slice(is.length)), ...columnsOf(table, 'key')]
    rows.sort((a, b) => {
      for (const column of order) {
        const by = compare(a[column], b[column])
        if (by) return by
      }
      return 0
    })
    if (range.backwards) rows.reverse()
    return rows.slice(0, range.limit ?? rows.length).map(copy) as unknown as Tables[T][]
  }

  async count<T extends TableName>(table: T, index?: IndexName<T>, is: (string | number)[] = []): Promise<number> {
    return index ? this.matching(table, index, is).length : [...this.rows(table)].length
  }

  private change(table: TableName, key: string, row: AnyRow | null): void {
    this.table(table)
    this.onWrite()
    if (!this.changes.has(table)) this.changes.set(table, new Map())
    this.changes.get(table)?.set(key, row)
  }

  async put<T extends TableName>(table: T, rows: Tables[T][]): Promise<void> {
    for (const row of rows) {
      const plain = copy(row) as unknown as AnyRow
      this.change(table, keyOf(table, plain), plain)
    }
  }

  async remove<T extends TableName>(table: T, keys: Key[]): Promise<void> {
    for (const key of keys) this.change(table, keyText(key), null)
  }
}

export class MemoryStore implements Store {
  private dead = false
  private writesLeft = Infinity

  constructor(readonly disk: Disk = emptyDisk()) {}

  /** The app is killed: running transactions are lost, this handle answers nothing more. Reopen on `disk`. */
  crash(): void {
    this.dead = true
  }

  /** Storage full: the (count+1)-th row written from now on fails, and its whole transaction with it. */
  failAfter(count: number): void {
    this.writesLeft = count
  }

  private readonly alive = (): void => {
    if (this.dead) throw new Error('the store is closed')
  }

  private readonly onWrite = (): void => {
    if (this.writesLeft-- <= 0) throw new Error('QuotaExceededError')
  }

  /** One transaction at a time: the strictest isolation a browser may give. */
  private async inTurn<R>(tables: TableName[], work: (tx: MemoryTx) => Promise<R>, commit: boolean): Promise<R> {
    const turn = this.disk.queue.then(async () => {
      this.alive()
      const tx = new MemoryTx(this.disk, tables, this.alive, this.onWrite)
      const result = await work(tx)
      this.alive()
      if (commit) this.commit(tx)
      return result
    })
    this.disk.queue = turn.catch(() => undefined)
    return turn
  }

  private commit(tx: MemoryTx): void {
    for (const [name, rows] of tx.changes) {
      const table = this.disk.tables.get(name) as Table
      for (const [key, row] of rows) {
        if (row) table.set(key, row)
        else table.delete(key)
      }
    }
  }

  read<R>(tables: TableName[], work: (tx: Reader) => Promise<R>): Promise<R> {
    return this.inTurn(tables, work, false)
  }

  write<R>(tables: TableName[], work: (tx: Writing) => Promise<R>): Promise<R> {
    return this.inTurn(tables, work, true)
  }

  async close(): Promise<void> {
    await this.disk.queue
    this.dead = true
  }
}
