/** A memory store that can be killed at any call, and that notices a base row going back to an older version. */
import { MemoryStore, type Disk } from '../../src/adapters/store/memory'
import type { BaseRow, Reader, TableName, Writing } from '../../src/core/store'

export interface Plan {
  /** Store calls until the app is killed; null: it lives. */
  calls: number | null
  kill(): void
  breach(text: string): void
  /** What is typed between two writing transactions, in turn: so many (`after`) after the one before; `rows`: counting
   * only those that may put or remove rows of the server. */
  typing: { after: number; rows: boolean; type(): Promise<void>; never(): void }[]
  /** Faults built in on purpose, by name (the harness must find them). */
  bugs: ReadonlySet<string>
}

type Call = (...args: unknown[]) => Promise<unknown>

export class SimStore extends MemoryStore {
  constructor(
    disk: Disk,
    private readonly plan: Plan,
  ) {
    super(disk)
  }

  private step(): void {
    if (this.plan.calls === null || --this.plan.calls > 0) return
    this.plan.calls = null
    this.plan.kill()
    throw new Error('killed')
  }

  private async typed(tables: TableName[]): Promise<void> {
    const [next] = this.plan.typing
    if ((next.rows && !tables.includes('memberships')) || --next.after > 0) return
    const waiting = this.plan.typing.slice(1)
    this.plan.typing = [] // its own transactions are not between those of the sync
    await next.type()
    this.plan.typing = waiting
  }

  private watched<T extends object>(tx: T): T {
    return new Proxy(tx, {
      get: (of, name) => {
        const call = Reflect.get(of, name) as Call
        return async (...args: unknown[]) => {
          this.step()
          if (name === 'put' && args[0] === 'base') await this.compare(of as Reader, args[1] as BaseRow[])
          return call.apply(of, args)
        }
      },
    })
  }

  private async compare(tx: Reader, rows: BaseRow[]): Promise<void> {
    for (const row of rows) {
      const own = await tx.get('base', row.id)
      if (own && own.timeline === row.timeline && own.ver > row.ver)
        this.plan.breach(`I6 ${row.type} ${row.id} went from version ${own.ver} back to ${row.ver}`)
    }
  }

  override async read<R>(tables: TableName[], work: (tx: Reader) => Promise<R>): Promise<R> {
    this.step()
    const result = await super.read(tables, (tx) => work(this.watched(tx)))
    this.step()
    return result
  }

  override async write<R>(tables: TableName[], work: (tx: Writing) => Promise<R>): Promise<R> {
    if (this.plan.typing.length) await this.typed(tables)
    this.step()
    const late: (() => Promise<unknown>)[] = []
    const result = await super.write(tables, (tx) => work(planted(this.watched(tx), tables, this.plan.bugs, late)))
    if (late.length) {
      this.step()
      await super.write(tables, async (tx) => {
        for (const call of late) await call.call(tx)
      })
    }
    this.step() // committed, and the app never hears of it
    return result
  }
}

/** What a careless client would do with its store, by the name of the bug. */
function planted(tx: Writing, tables: TableName[], bugs: ReadonlySet<string>, late: (() => Promise<unknown>)[]): Writing {
  if (!bugs.size) return tx
  const over: Partial<Record<keyof Writing, unknown>> = {}
  const purging = tables.includes('memberships')
  if (bugs.has('cursor_before_rows') && purging) {
    const defer = (name: 'put' | 'remove') => (table: TableName, what: never[]) => {
      if (table === 'cursors' || table === 'outbox' || table === 'journal' || table === 'meta') return tx[name](table, what)
      late.push(async function (this: Writing) {
        await this[name](table, what)
      } as () => Promise<unknown>)
      return Promise.resolve()
    }
    Object.assign(over, { put: defer('put'), remove: defer('remove') })
  }
  if (bugs.has('journal_not_kept'))
    over.put = (table: TableName, rows: never[]) => (table === 'journal' ? Promise.resolve() : tx.put(table, rows))
  if (bugs.has('outbox_purged_on_revoke') && purging) {
    over.count = (table: TableName, index: never, is: never) =>
      (table === 'outbox' && (index as string) === 'scope' ? Promise.resolve(0) : tx.count(table, index, is))
    over.remove = async (table: TableName, keys: string[]) => {
      if (table === 'cursors')
        for (const scope of keys) {
          const rows = await tx.range('outbox', 'scope', { is: [scope] })
          await tx.remove('outbox', rows.map((row) => row.id))
        }
      await tx.remove(table, keys)
    }
  }
  if (bugs.has('purge_by_home_scope') && purging)
    over.count = (table: TableName, index: never, is: never) =>
      (table === 'memberships' ? Promise.resolve(0) : tx.count(table, index, is))
  if (bugs.has('sweep_takes_pending') && purging)
    over.count = (table: TableName, index: never, is: never) =>
      (table === 'outbox' && (index as string) === 'record' ? Promise.resolve(0) : tx.count(table, index, is))
  return new Proxy(tx, { get: (of, name) => over[name as keyof Writing] ?? Reflect.get(of, name) })
}
