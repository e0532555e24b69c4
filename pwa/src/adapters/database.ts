/**
 * IndexedDB through `idb`: a database that is opened when first used, gives way to other tabs, and comes back
 * where the browser ended its connection.
 */
import { openDB, type IDBPDatabase, type IDBPTransaction } from 'idb'

type Mode = 'readonly' | 'readwrite'
export type Transaction<M extends IDBTransactionMode = 'readwrite'> = IDBPTransaction<unknown, string[], M>
/** Makes what versions above `from` brought. */
export type Upgrade = (db: IDBPDatabase, from: number, tx: Transaction<'versionchange'>) => Promise<void> | void

/** Time for a page to keep what is being typed and to start anew; then the newer app has its way. */
const GIVE_WAY_MS = 3_000
const told = new Set<() => unknown>()

/** `tell` is called when another tab runs a newer app already, whose database this one's connection holds up. */
export const whenNewerWaits = (tell: () => unknown): void => void told.add(tell)

function abort(tx: { abort(): void }): void {
  try {
    tx.abort()
  } catch {
    // it ended by itself
  }
}

export class Database {
  private connection: Promise<IDBPDatabase> | null = null
  private over = false

  constructor(
    private readonly name: string,
    private readonly version: number,
    private readonly upgrade: Upgrade,
  ) {}

  /** Opens (and makes) it; rejects when the browser gives none. */
  async open(): Promise<this> {
    await this.connected()
    return this
  }

  /**
   * Commits when `work` resolves, leaves no trace when it rejects. Only requests of the transaction may be awaited
   * inside: the browser commits a transaction that has nothing to do.
   */
  async run<M extends Mode, R>(tables: string[], mode: M, work: (tx: Transaction<M>) => Promise<R>): Promise<R> {
    const db = await this.connected()
    // "saved on this phone" has to outlive an empty battery: Chromium alone would answer before the disk does
    const tx = db.transaction(tables, mode, { durability: 'strict' })
    const ended = tx.done
    ended.catch(() => undefined) // told below
    try {
      const result = await work(tx)
      await ended
      return result
    } catch (fault) {
      abort(tx)
      throw fault
    }
  }

  close(): void {
    this.over = true
    void this.connection?.then((db) => db.close()).catch(() => undefined)
  }

  private connected(): Promise<IDBPDatabase> {
    if (this.over) return Promise.reject(new Error(`${this.name} was closed`))
    this.connection ??= this.connect().catch((fault: unknown) => {
      this.connection = null
      throw fault
    })
    return this.connection
  }

  private async connect(): Promise<IDBPDatabase> {
    let cause: unknown
    try {
      return await openDB(this.name, this.version, {
        upgrade: async (db, from, _to, tx) => {
          // the opening itself tells only that it was aborted, not that the disk is full
          tx.done.catch((fault: unknown) => (cause ??= fault))
          try {
            await this.upgrade(db, from, tx)
          } catch (fault) {
            cause ??= tx.error ?? fault
            abort(tx) // the version of before stays
          }
        },
        // another tab that upgrades or deletes the database must not wait for this one
        blocking: (_version, wanted) => this.giveWay(wanted !== null),
        terminated: () => {
          this.connection = null
        },
      })
    } catch (fault) {
      throw cause ?? fault
    }
  }

  private giveWay(toNewer: boolean): void {
    if (!toNewer || !told.size) return this.close()
    told.forEach((tell) => tell())
    setTimeout(() => this.close(), GIVE_WAY_MS)
  }
}
