/** Users and device keys of this browser: one small database beside the users' own. */
import Dexie, { type Table } from 'dexie'
import type { LockRow } from '../core/lock'
import type { Boxes, Entry, Installation } from '../core/ports'
import type { Store } from '../core/store'
import { boxesUnder, newDeviceKey } from './crypto'
import { IndexedDbStore } from './store/indexeddb'

const NAME = 'grid-phone'
const storeName = (userId: string): string => `grid-${userId}`

export class BrowserInstallation implements Installation {
  private readonly db = new Dexie(NAME, { chromeTransactionDurability: 'strict' })
  private readonly people: Table<Entry, string>
  private readonly keys: Table<{ id: string; key: CryptoKey; old?: CryptoKey }, string>
  private readonly locks: Table<LockRow, string>
  /** What opens each store now; replaced keys are replaced for everybody who holds one. */
  private readonly held = new Map<string, { key: Boxes; old: Boxes | null }>()

  constructor() {
    this.db.version(1).stores({ people: 'id', keys: 'id' })
    this.db.version(2).stores({ locks: 'id' })
    this.people = this.db.table('people')
    this.keys = this.db.table('keys')
    this.locks = this.db.table('locks')
    this.db.on('versionchange', () => this.db.close())
  }

  entries(): Promise<Entry[]> {
    return this.people.toArray()
  }

  async keep(entry: Entry): Promise<void> {
    const { id, name, username, last_used, closed } = entry
    await this.people.put({ id, name, username, last_used, closed: closed ?? false })
  }

  /** The key first: without it nothing of the store can be read, whatever happens to the rest. */
  async remove(userId: string): Promise<void> {
    await this.db.transaction('rw', this.keys, this.locks, async () => {
      await this.keys.delete(userId)
      await this.locks.delete(userId)
    })
    this.held.delete(userId)
    await IndexedDbStore.destroy(storeName(userId))
    await this.people.delete(userId)
  }

  async open(userId: string): Promise<{ store: Store; boxes: Boxes }> {
    if (!this.held.has(userId)) {
      const { key, old } = await this.key(userId)
      this.held.set(userId, { key: boxesUnder(key), old: old ? boxesUnder(old) : null })
    }
    return { store: await IndexedDbStore.open(storeName(userId)), boxes: this.boxes(userId) }
  }

  private boxes(userId: string): Boxes {
    const now = () => this.held.get(userId)!
    const either = <T>(open: (boxes: Boxes) => Promise<T>): Promise<T> =>
      open(now().key).catch((fault: unknown) => {
        const { old } = now()
        if (!old) throw fault
        return open(old)
      })
    return {
      seal: (about, value) => now().key.seal(about, value),
      sealBytes: (about, bytes) => now().key.sealBytes(about, bytes),
      open: (about, box) => either((boxes) => boxes.open(about, box)),
      openBytes: (about, box) => either((boxes) => boxes.openBytes(about, box)),
    }
  }

  lock(userId: string): Promise<LockRow | null> {
    return this.locks.get(userId).then((row) => row ?? null)
  }

  keepLock(userId: string, change: (row: LockRow | null) => LockRow | null): Promise<LockRow | null> {
    return this.db.transaction('rw', this.locks, async () => {
      const next = change((await this.locks.get(userId)) ?? null)
      if (next) await this.locks.put(next)
      else await this.locks.delete(userId)
      return next
    })
  }

  async replaceKey(userId: string, again: () => Promise<void>): Promise<void> {
    const old = (await this.keys.get(userId))?.key
    const key = await newDeviceKey()
    await this.keys.put({ id: userId, key, ...(old ? { old } : {}) })
    this.held.set(userId, { key: boxesUnder(key), old: old ? boxesUnder(old) : null })
    await again()
    await this.keys.put({ id: userId, key })
    this.held.set(userId, { key: boxesUnder(key), old: null })
  }

  /** Two tabs may ask at once: the first key kept is everybody's. */
  private async key(userId: string): Promise<{ key: CryptoKey; old?: CryptoKey }> {
    const known = await this.keys.get(userId)
    if (known) return known
    const fresh = await newDeviceKey()
    return this.db.transaction('rw', this.keys, async () => {
      const meanwhile = await this.keys.get(userId)
      if (meanwhile) return meanwhile
      await this.keys.put({ id: userId, key: fresh })
      return { key: fresh }
    })
  }
}
