/** Where map tiles are, and what of them is kept on this phone. Reading them: services/archive.ts, loaded with the map. */
import { httpOver } from '../adapters/http'
import { Shelf, type Kept, type TilesOfServer } from '../adapters/tiles/shelf'
import { NoAnswer, type Http } from '../core/ports'

export type { Kept, TilesOfServer } from '../adapters/tiles/shelf'

export const shelf = new Shelf()
const LIMIT_MS = 10_000

export interface Ground {
  /** null: the server has none. */
  tiles: TilesOfServer | null
  kept: Kept | null
  /** False: this is what the server last said. */
  fresh: boolean
}

function overNetwork(): Http {
  return httpOver({ origin: '', fetch: (input, init) => window.fetch(input, init), timeout: LIMIT_MS, silence: LIMIT_MS, gzip: false })
}

/** What is known here without asking; null: the server never said. */
export async function knownGround(on: Shelf = shelf): Promise<Ground | null> {
  const tiles = await on.told()
  return tiles === undefined ? null : { tiles, kept: await on.kept(), fresh: false }
}

/** Asks the server, or remembers what it said. */
export async function readGround(http: Http = overNetwork(), on: Shelf = shelf): Promise<Ground> {
  const said = await ask(http)
  if (said !== undefined) await on.tell(said)
  return { tiles: (said === undefined ? await on.told() : said) ?? null, kept: await on.kept(), fresh: said !== undefined }
}

/** undefined: nothing that can be used came back. */
async function ask(http: Http): Promise<TilesOfServer | null | undefined> {
  try {
    const { status, body } = await http.send({ method: 'GET', path: '/map', auth: { cookie: true } })
    return status === 200 ? (body as { tiles: TilesOfServer | null }).tiles : undefined
  } catch (problem) {
    if (problem instanceof NoAnswer) return undefined
    throw problem
  }
}

export const dropTiles = (): Promise<void> => shelf.clear()
