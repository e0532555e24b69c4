/** Reading tiles, and keeping those of one's own area: size first, then the download, which can be gone on with. */
import { Archive, TilesSource } from '../adapters/tiles/archive'
import { type Kept, type Shelf, type TilesOfServer } from '../adapters/tiles/shelf'
import { bytesOf, covering, merged, type Part } from '../core/map/cover'
import { grown, type Box } from '../core/map/shape'
import { shelf } from './tiles'

export type { AboutTiles } from '../adapters/tiles/archive'
export type { Archive } from '../adapters/tiles/archive'

const GAP = 16_384
const MOST = 262_144
const AROUND_M = 250

export interface Plan {
  tag: string
  url: string
  parts: Part[]
  /** All of it, and what of it is not here yet. */
  bytes: number
  missing: number
}

/** The file of tiles: kept parts first; a newer file at the server is not mixed with an older one that is kept. */
export function archiveOf(tiles: TilesOfServer, kept: Kept | null, on: Shelf = shelf): Archive {
  const tag = kept?.tag ?? tiles.tag
  return new Archive(new TilesSource(on, tag, tiles.url, tag === tiles.tag))
}

/** What keeping these boxes (degrees, in the tiles' own coordinates) takes. Needs the network; reads directories. */
export async function planOf(tiles: TilesOfServer, boxes: Box[], on: Shelf = shelf): Promise<Plan> {
  const source = new TilesSource(on, tiles.tag, tiles.url, true)
  const archive = new Archive(source)
  const { minZoom, maxZoom } = await archive.about()
  const wanted = boxes.flatMap((box) => covering(grown(box, AROUND_M), minZoom, maxZoom))
  const found = await archive.partsOf(wanted)
  const parts = merged([...source.asked, ...found], GAP, MOST)
  const held = new Set((await on.held(tiles.tag)).map((part) => `${part.offset} ${part.length}`))
  const missing = parts.filter((part) => !held.has(`${part.offset} ${part.length}`))
  return { tag: tiles.tag, url: tiles.url, parts, bytes: bytesOf(parts), missing: bytesOf(missing) }
}

/** Fetches what is missing, a part at a time; a second try goes on where the first one stopped. */
export async function keepTiles(plan: Plan, scopes: string[], now: string, progress: (done: number) => void, on: Shelf = shelf): Promise<void> {
  const held = new Set((await on.held(plan.tag)).map((part) => `${part.offset} ${part.length}`))
  let done = plan.bytes - plan.missing
  for (const part of plan.parts) {
    if (held.has(`${part.offset} ${part.length}`)) continue
    const bytes = await fetchPart(plan, part)
    await on.put(plan.tag, part, bytes)
    progress((done += part.length))
  }
  await on.settle({ tag: plan.tag, scopes: [...scopes].sort(), bytes: plan.bytes, at: now }, plan.parts)
}

async function fetchPart(plan: Plan, { offset, length }: Part): Promise<ArrayBuffer> {
  const headers = { Range: `bytes=${offset}-${offset + length - 1}` }
  const answer = await fetch(plan.url, { headers, credentials: 'same-origin', cache: 'no-store' })
  if (answer.status !== 206 || answer.headers.get('ETag')?.replace(/^W\//, '') !== `"${plan.tag}"`) throw new Error(`part ${offset}: ${answer.status}`)
  return answer.arrayBuffer()
}
