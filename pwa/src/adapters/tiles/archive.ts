/** Reading a PMTiles file: from the parts kept on this phone, and from the server where they do not reach. */
import { FetchSource, findTile, PMTiles, TileType, zxyToTileId, type Header, type RangeResponse, type Source } from 'pmtiles'
import type { Part, Tile } from '../../core/map/cover'
import type { Shelf } from './shelf'

const LEVELS = 4 // a root directory and at most three below it

/** Reads ranges; remembers which ones, so that the same can be kept. */
export class TilesSource implements Source {
  readonly asked: Part[] = []
  private held: Part[] | null = null
  private readonly network: FetchSource

  constructor(
    private readonly shelf: Shelf,
    private readonly tag: string,
    private readonly url: string,
    /** False: what is kept belongs to another version than the server has now. */
    private readonly online: boolean,
  ) {
    this.network = new FetchSource(url, undefined, 'same-origin')
  }

  getKey(): string {
    return `${this.url}#${this.tag}`
  }

  async getBytes(offset: number, length: number): Promise<RangeResponse> {
    this.asked.push({ offset, length })
    const kept = await this.fromShelf(offset, length)
    if (kept) return { data: kept }
    if (!this.online) throw new Error('not kept')
    return this.network.getBytes(offset, length)
  }

  private async fromShelf(offset: number, length: number): Promise<ArrayBuffer | null> {
    this.held ??= await this.shelf.held(this.tag)
    const whole = this.held.find((part) => part.offset <= offset && offset + length <= part.offset + part.length)
    const bytes = whole ? await this.shelf.read(this.tag, whole.offset) : null
    return whole && bytes ? bytes.slice(offset - whole.offset, offset - whole.offset + length) : null
  }
}

export interface AboutTiles {
  vector: boolean
  minZoom: number
  maxZoom: number
  /** Names of a vector file's layers, in the order it lists them. */
  layers: string[]
}

export class Archive {
  private readonly file: PMTiles

  constructor(readonly source: TilesSource) {
    this.file = new PMTiles(source)
  }

  async about(): Promise<AboutTiles> {
    const { tileType, minZoom, maxZoom } = await this.file.getHeader()
    const vector = tileType === TileType.Mvt
    const said = vector ? ((await this.file.getMetadata()) as { vector_layers?: { id?: unknown }[] } | null) : null
    return { vector, minZoom, maxZoom, layers: (said?.vector_layers ?? []).map((layer) => String(layer.id)) }
  }

  /** A tile's bytes as maps read them; null where the file has none there. Rejects where it cannot be read now. */
  async tile({ z, x, y }: Tile): Promise<ArrayBuffer | null> {
    return (await this.file.getZxy(z, x, y))?.data ?? null
  }

  /** Where in the file these tiles lie; tiles that it does not have are left out. Reads directories only. */
  async partsOf(tiles: Tile[]): Promise<Part[]> {
    const header = await this.file.getHeader()
    const found = new Map<number, Part>()
    for (const tile of tiles) {
      const part = await this.partOf(header, tile)
      if (part) found.set(part.offset, part)
    }
    return [...found.values()]
  }

  private async partOf(header: Header, { z, x, y }: Tile): Promise<Part | null> {
    const id = zxyToTileId(z, x, y)
    let [offset, length] = [header.rootDirectoryOffset, header.rootDirectoryLength]
    for (let level = 0; level < LEVELS; level++) {
      const entry = findTile(await this.file.cache.getDirectory(this.source, offset, length, header), id)
      if (!entry) return null
      if (entry.runLength > 0) return { offset: header.tileDataOffset + entry.offset, length: entry.length }
      ;[offset, length] = [header.leafDirectoryOffset + entry.offset, entry.length]
    }
    return null
  }
}
