/** Users and device keys of this browser: one small database beside the users' own. */
import Dexie, { type Table } from 'dexie'
import type { Boxes, Entry, Installation } from '../core/ports'
import type { Store } from '../core/store'
import { boxesUnder, newDeviceKey } from './crypto'
import { IndexedDbStore } from './store/indexeddb'

const NAME = 'grid-phone'
const storeName = (userId: string): string => `grid-${userId}`

export class BrowserInstallation implements Installation {
  private readonly db = new Dexie(NAME, { chromeTransactionDurability: 'strict' })
  private readonly people: Table<Entry, string>
  private readonly keys: Table<{ id: string; key: CryptoKey }, string>

  constructor() {
    this.db.version(1).stores({ people: 'id', keys: 'id' })
    this.people = this.db.table('people')
    this.keys = this.db.table('keys')
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
    await this.keys.delete(userId)
    await IndexedDbStore.destroy(storeName(userId))
    await this.people.delete(userId)
  }

  async open(userId: string): Promise<{ store: Store; boxes: Boxes }> {
    const boxes = boxesUnder(await this.key(userId))
    return { store: await IndexedDbStore.open(storeName(userId)), boxes }
  }

  /** Two tabs may ask at once: the first key kept is everybody's. */
  private async key(userId: string): Promise<CryptoKey> {
    const known = await this.keys.get(userId)
    if (known) return known.key
    const fresh = await newDeviceKey()
    return this.db.transaction('rw', this.keys, async () => {
      const meanwhile = await this.keys.get(userId)
      if (meanwhile) return meanwhile.key
      await this.keys.put({ id: userId, key: fresh })
      return fresh
    })
  }
}
