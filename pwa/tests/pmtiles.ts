/** A small PMTiles file with leaf directories, written for tests (specification version 3). */
import { gzipSync } from 'node:zlib'
import { zxyToTileId } from 'pmtiles'

type Zxy = [number, number, number]
const HEADER = 127
const LEAF = 200
const ZOOMS = [12, 13, 14, 15]
/** The tile of the demo world's middle at zoom 15. */
const MIDDLE = [27_039, 12_792] as const

/** The file; some tiles near the middle, and one at its edge. `tile` gives the bytes of a tile by its name. */
export function fileOf(tile: (name: string) => Uint8Array): { bytes: ArrayBuffer; at: { near: Zxy[]; far: Zxy } } {
  const all = ZOOMS.flatMap((z) => around(z)).sort((a, b) => zxyToTileId(...a) - zxyToTileId(...b))
  const data: Uint8Array[] = []
  let end = 0
  const entries = all.map((zxy) => {
    const bytes = tile(zxy.join('/'))
    data.push(bytes)
    end += bytes.length
    return { id: zxyToTileId(...zxy), length: bytes.length, offset: end - bytes.length, run: 1 }
  })
  const leaves: Uint8Array[] = []
  const root = []
  for (let n = 0, offset = 0; n < entries.length; n += LEAF) {
    const leaf = directory(entries.slice(n, n + LEAF))
    leaves.push(leaf)
    root.push({ id: entries[n]!.id, length: leaf.length, offset, run: 0 })
    offset += leaf.length
  }
  return { bytes: joined(directory(root), leaves, data, entries.length), at: { near: ZOOMS.map((z) => [z, MIDDLE[0] >> (15 - z), MIDDLE[1] >> (15 - z)] as Zxy), far: [15, MIDDLE[0] - 12, MIDDLE[1] - 12] } }
}

function around(z: number): Zxy[] {
  const reach = Math.max(1, 12 >> (15 - z))
  const [x, y] = [MIDDLE[0] >> (15 - z), MIDDLE[1] >> (15 - z)]
  const steps = Array.from({ length: 2 * reach + 1 }, (_, n) => n - reach)
  return steps.flatMap((dx) => steps.map((dy) => [z, x + dx, y + dy] as Zxy))
}

function directory(entries: { id: number; length: number; offset: number; run: number }[]): Uint8Array {
  const out: number[] = []
  const put = (n: number): void => {
    for (; n > 127; n = Math.floor(n / 128)) out.push((n % 128) | 128)
    out.push(n)
  }
  put(entries.length)
  entries.forEach((one, n) => put(one.id - (entries[n - 1]?.id ?? 0)))
  entries.forEach((one) => put(one.run))
  entries.forEach((one) => put(one.length))
  entries.forEach((one) => put(one.offset + 1))
  return gzipSync(Uint8Array.from(out))
}

function joined(root: Uint8Array, leaves: Uint8Array[], data: Uint8Array[], count: number): ArrayBuffer {
  const metadata = gzipSync('{"vector_layers":[{"id":"water"}]}')
  const size = (parts: Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0)
  const header = new DataView(new ArrayBuffer(HEADER))
  new Uint8Array(header.buffer).set(new TextEncoder().encode('PMTiles\u0003'))
  const parts = [root.length, metadata.length, size(leaves), size(data)]
  let offset = HEADER
  parts.forEach((length, n) => {
    header.setBigUint64(8 + 16 * n, BigInt(offset), true)
    header.setBigUint64(16 + 16 * n, BigInt(length), true)
    offset += length
  })
  for (const place of [72, 80, 88]) header.setBigUint64(place, BigInt(count), true)
  ;[1, 2, 2, 1, ZOOMS[0]!, ZOOMS[ZOOMS.length - 1]!].forEach((value, n) => header.setUint8(96 + n, value))
  const all = new Uint8Array(offset)
  let to = 0
  for (const part of [new Uint8Array(header.buffer), root, metadata, ...leaves, ...data]) {
    all.set(part, to)
    to += part.length
  }
  return all.buffer
}
