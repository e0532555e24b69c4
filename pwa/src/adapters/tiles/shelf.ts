/**
 * Map tiles kept on this phone: parts of the server's file of tiles, in a database beside the users' own.
 * Nothing here is about people; it is not encrypted. (The Cache API takes no partial answers, OPFS needs Chrome 109.)
 */
import Dexie, { type Table } from 'dexie'
import type { Part } from '../../core/map/cover'

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
  private readonly db = new Dexie('grid-map')
  private readonly parts: Table<KeptPart, [string, number]>
  private readonly notes: Table<{ id: string; value: unknown }, string>

  constructor() {
    this.db.version(1).stores({ parts: '[tag+offset]', notes: 'id' })
    this.parts = this.db.table('parts')
    this.notes = this.db.table('notes')
    this.db.on('versionchange', () => this.db.close())
  }

  /** Where tiles were when the server last said so; undefined: it never did. */
  async told(): Promise<TilesOfServer | null | undefined> {
    return (await this.notes.get('told'))?.value as TilesOfServer | null | undefined
  }

  async tell(tiles: TilesOfServer | null): Promise<void> {
    await this.notes.put({ id: 'told', value: tiles })
  }

  async kept(): Promise<Kept | null> {
    return ((await this.notes.get('kept'))?.value as Kept | undefined) ?? null
  }

  /** What lies here of one version of the file, without the bytes. */
  async held(tag: string): Promise<Part[]> {
    const found: Part[] = []
    await this.of(tag).each(({ offset, length }) => void found.push({ offset, length }))
    return found
  }

  async read(tag: string, offset: number): Promise<ArrayBuffer | null> {
    return (await this.parts.get([tag, offset]))?.bytes ?? null
  }

  async put(tag: string, part: Part, bytes: ArrayBuffer): Promise<void> {
    await this.parts.put({ tag, ...part, bytes })
  }

  /** From now on this is what is kept: parts that it does not need go. */
  async settle(kept: Kept, parts: Part[]): Promise<void> {
    const needed = new Set(parts.map((part) => part.offset))
    await this.db.transaction('rw', this.parts, this.notes, async () => {
      await this.parts.filter((part) => part.tag !== kept.tag || !needed.has(part.offset)).delete()
      await this.notes.put({ id: 'kept', value: kept })
    })
  }

  async clear(): Promise<void> {
    await this.db.transaction('rw', this.parts, this.notes, async () => {
      await this.parts.clear()
      await this.notes.delete('kept')
    })
  }

  private of(tag: string) {
    return this.parts.where('[tag+offset]').between([tag, Dexie.minKey], [tag, Dexie.maxKey])
  }
}
