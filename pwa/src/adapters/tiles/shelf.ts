/**
 * Map tiles kept on this phone: parts of the server's file of tiles, in a database beside the users' own.
 * Nothing here is about people; it is not encrypted. (The Cache API takes no partial answers, OPFS needs Chrome 109.)
 */
import type { Part } from '../../core/map/cover'
import { Database, type Transaction } from '../database'

/** Where the server says that tiles are; see GET /api/v1/map. */
export interface TilesOfServer {
  kind: 'file' | 'url'
  url: string
  tag: string
  crs: 'wgs84' | 'gcj02'
  credit: string
}

export interface Kept {
  tag: string
  /** Grids it was kept for, sorted. */
  scopes: string[]
  bytes: number
  /** RFC 3339. */
  at: string
}

interface KeptPart extends Part {
  tag: string
  bytes: ArrayBuffer
}

export class Shelf {
  private readonly db = new Database('grid-map', 10, (db) => {
    db.createObjectStore('parts', { keyPath: ['tag', 'offset'] })
    db.createObjectStore('notes', { keyPath: 'id' })
  })

  /** Where tiles were when the server last said so; undefined: it never did. */
  told(): Promise<TilesOfServer | null | undefined> {
    return this.note<TilesOfServer | null>('told')
  }

  tell(tiles: TilesOfServer | null): Promise<void> {
    return this.write(['notes'], (tx) => tx.objectStore('notes').put({ id: 'told', value: tiles }))
  }

  async kept(): Promise<Kept | null> {
    return (await this.note<Kept>('kept')) ?? null
  }

  /** What lies here of one version of the file, without the bytes. */
  held(tag: string): Promise<Part[]> {
    return this.db.run(['parts'], 'readonly', async (tx) => {
      const found: Part[] = []
      let cursor = await tx.objectStore('parts').openCursor(IDBKeyRange.bound([tag], [tag, []]))
      while (cursor) {
        const { offset, length } = cursor.value as KeptPart
        found.push({ offset, length })
        cursor = await cursor.continue()
      }
      return found
    })
  }

  async read(tag: string, offset: number): Promise<ArrayBuffer | null> {
    const part: KeptPart | undefined = await this.db.run(['parts'], 'readonly', (tx) => tx.objectStore('parts').get([tag, offset]))
    return part?.bytes ?? null
  }

  put(tag: string, part: Part, bytes: ArrayBuffer): Promise<void> {
    return this.write(['parts'], (tx) => tx.objectStore('parts').put({ tag, ...part, bytes }))
  }

  /** From now on this is what is kept: parts that it does not need go. */
  settle(kept: Kept, parts: Part[]): Promise<void> {
    const needed = new Set(parts.map((part) => part.offset))
    return this.write(['parts', 'notes'], async (tx) => {
      let cursor = await tx.objectStore('parts').openKeyCursor()
      while (cursor) {
        const [tag, offset] = cursor.primaryKey as [string, number]
        if (tag !== kept.tag || !needed.has(offset)) await tx.objectStore('parts').delete(cursor.primaryKey)
        cursor = await cursor.continue()
      }
      await tx.objectStore('notes').put({ id: 'kept', value: kept })
    })
  }

  clear(): Promise<void> {
    return this.write(['parts', 'notes'], async (tx) => {
      await tx.objectStore('parts').clear()
      await tx.objectStore('notes').delete('kept')
    })
  }

  private async note<T>(id: string): Promise<T | undefined> {
    const row = (await this.db.run(['notes'], 'readonly', (tx) => tx.objectStore('notes').get(id))) as { value: T } | undefined
    return row?.value
  }

  private async write(tables: string[], work: (tx: Transaction) => Promise<unknown>): Promise<void> {
    await this.db.run(tables, 'readwrite', work)
  }
}
