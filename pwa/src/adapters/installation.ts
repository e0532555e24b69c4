/** Users and device keys of this browser: one small database beside the users' own. */
import type { LockRow } from '../core/lock'
import type { Boxes, Entry, Installation } from '../core/ports'
import type { Store } from '../core/store'
import { boxesUnder, newDeviceKey } from './crypto'
import { Database, type Upgrade } from './database'
import { IndexedDbStore } from './store/indexeddb'

const NAME = 'grid-phone'
interface KeyRow {
  id: string
  key: CryptoKey
  old?: CryptoKey
}

const upgrade: Upgrade = (db, from) => {
  if (from < 10) for (const table of ['people', 'keys']) db.createObjectStore(table, { keyPath: 'id' })
  if (from < 20) db.createObjectStore('locks', { keyPath: 'id' })
}

const storeName = (userId: string): string => `grid-${userId}`

export class BrowserInstallation implements Installation {
  private readonly db = new Database(NAME, 20, upgrade)
  /** What opens each store now; replaced keys are replaced for everybody who holds one. */
  private readonly held = new Map<string, { key: Boxes; old: Boxes | null }>()

  entries(): Promise<Entry[]> {
    return this.db.run(['people'], 'readonly', (tx) => tx.objectStore('people').getAll())
  }

  async keep(entry: Entry): Promise<void> {
    const { id, name, username, last_used, closed } = entry
    await this.put('people', { id, name, username, last_used, closed: closed ?? false })
  }

  /** The key first: without it nothing of the store can be read, whatever happens to the rest. */
  async remove(userId: string): Promise<void> {
    await this.db.run(['keys', 'locks'], 'readwrite', async (tx) => {
      await tx.objectStore('keys').delete(userId)
      await tx.objectStore('locks').delete(userId)
    })
    this.held.delete(userId)
    await IndexedDbStore.destroy(storeName(userId))
    await this.db.run(['people'], 'readwrite', (tx) => tx.objectStore('people').delete(userId))
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

  async lock(userId: string): Promise<LockRow | null> {
    return (await this.get<LockRow>('locks', userId)) ?? null
  }

  keepLock(userId: string, change: (row: LockRow | null) => LockRow | null): Promise<LockRow | null> {
    return this.db.run(['locks'], 'readwrite', async (tx) => {
      const locks = tx.objectStore('locks')
      const next = change(((await locks.get(userId)) as LockRow | undefined) ?? null)
      await (next ? locks.put(next) : locks.delete(userId))
      return next
    })
  }

  async replaceKey(userId: string, again: () => Promise<void>): Promise<void> {
    const old = (await this.get<KeyRow>('keys', userId))?.key
    const key = await newDeviceKey()
    await this.put('keys', { id: userId, key, ...(old ? { old } : {}) })
    this.held.set(userId, { key: boxesUnder(key), old: old ? boxesUnder(old) : null })
    await again()
    await this.put('keys', { id: userId, key })
    this.held.set(userId, { key: boxesUnder(key), old: null })
  }

  /** Two tabs may ask at once: the first key kept is everybody's. */
  private async key(userId: string): Promise<KeyRow> {
    const known = await this.get<KeyRow>('keys', userId)
    if (known) return known
    const fresh = await newDeviceKey()
    return this.db.run(['keys'], 'readwrite', async (tx) => {
      const keys = tx.objectStore('keys')
      const meanwhile = (await keys.get(userId)) as KeyRow | undefined
      if (meanwhile) return meanwhile
      await keys.put({ id: userId, key: fresh })
      return { id: userId, key: fresh }
    })
  }

  private get<T>(table: string, id: string): Promise<T | undefined> {
    return this.db.run([table], 'readonly', (tx) => tx.objectStore(table).get(id))
  }

  private put(table: string, row: object): Promise<unknown> {
    return this.db.run([table], 'readwrite', (tx) => tx.objectStore(table).put(row))
  }
}
