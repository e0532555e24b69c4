/** A phone with photos against a script and a photo store, over a link that a test can break. */
import { webcrypto } from 'node:crypto'
import { httpOver } from '@/adapters/http'
import { NoAnswer, type BytesAnswer, type BytesRequest, type Http } from '@/core/ports'
import type { PhotoRow } from '@/core/store'
import { memoryPhone, MemoryInstallation } from '@/services/headless'
import type { Network } from '@/core/ports'
import type { Taken, Workspace } from '@/services/workspace'
import { GRID, Script, seeded, TestClock, uuid } from '../sync/script'
import { PhotoStore, sha } from './store'

export type Fate = 'through' | 'lost' | 'unanswered' | BytesAnswer

export interface PhotoBench {
  script: Script
  store: PhotoStore
  clock: TestClock
  installation: MemoryInstallation
  work: Workspace
  /** What happens to a request about photos; the default lets it through. */
  fate: (request: BytesRequest, n: number) => Fate | Promise<Fate>
  /** Paths of all calls in order, records' and photos'. */
  calls: string[]
  network: Network
  /** Full bytes of every photo taken, by id. */
  taken: Map<string, Uint8Array>
}

const PHOTOS = { kind: 'photos', merge: 'set' }

export const picture = (size: number, seed = size): Uint8Array => {
  const random = seeded(seed)
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += 4_096) bytes.set(random.bytes(Math.min(4_096, size - at)), at)
  return bytes
}

export const takenOf = (bytes: Uint8Array): Taken => {
  const at = '2026-11-22T00:00:00.000Z'
  return { bytes, thumb: bytes.slice(0, 64), mime: 'image/jpeg', sha256: sha(bytes), at }
}

export function phoneHttp(on: PhotoBench): Http {
  const http = httpOver({ origin: '', fetch: on.script.fetch, timeout: 5_000, silence: 5_000, gzip: false })
  let n = 0
  return {
    ...http,
    send: (request) => {
      on.calls.push(request.path)
      return http.send(request)
    },
    bytes: async (request) => {
      on.calls.push(`${request.method} ${request.path}`)
      const fate = await on.fate(request, ++n)
      if (fate === 'lost') throw new NoAnswer('cut')
      if (typeof fate === 'object') return fate
      const answer = on.store.answer(request)
      if (fate === 'unanswered') throw new NoAnswer('cut')
      return answer
    },
  }
}

export async function photoBench(): Promise<PhotoBench> {
  const script = new Script()
  script.put(GRID, 'household', uuid(1), { note: '' })
  const installation = new MemoryInstallation()
  const on = { script, installation, store: new PhotoStore(), clock: new TestClock(), calls: [], taken: new Map() } as unknown as PhotoBench
  on.fate = () => 'through'
  on.network = 'unknown'
  on.work = await phone(on).login('worker1', 'secret')
  await withPhotos(on)
  return on
}

const phone = (on: PhotoBench) =>
  memoryPhone({ http: phoneHttp(on), clock: on.clock, installation: on.installation, random: seeded(), network: () => on.network })

/** The script's catalogue has no photo lists: the answer gets one. */
async function withPhotos(on: PhotoBench): Promise<void> {
  const original = on.script.usual.bind(on.script)
  on.script.usual = (call) => {
    const answer = original(call)
    if (call.path !== '/catalog') return answer
    return new Response(
      new ReadableStream({
        async start(stream) {
          const catalog = (await answer.json()) as { types: Record<string, { fields: object }> }
          for (const type of ['visit', 'issue']) Object.assign(catalog.types[type].fields, { photos: PHOTOS })
          stream.enqueue(new TextEncoder().encode(JSON.stringify(catalog)))
          stream.close()
        },
      }),
      { headers: { 'content-type': 'application/json' } },
    )
  }
  await on.work.sync()
}

/** A visit with photos of these sizes, written on the phone. Resolves to the photos' ids. */
export async function visitWith(on: PhotoBench, sizes: number[]): Promise<string[]> {
  const ids: string[] = []
  for (const size of sizes) {
    const bytes = picture(size, size + ids.length)
    const { id } = await on.work.photos.keep('visit', 'photos', takenOf(bytes))
    on.taken.set(id, bytes)
    ids.push(id)
  }
  await on.work.create('visit', { household: uuid(1), result: 'met', photos: ids }, { scope: GRID })
  return ids
}

export async function rowsOf(on: PhotoBench): Promise<PhotoRow[]> {
  const { store } = await on.installation.open(uuid(0xaa))
  return store.read(['photos'], (tx) => tx.range('photos', 'key'))
}

/** The app is killed and opened again. */
export async function reopen(on: PhotoBench): Promise<void> {
  on.installation.crash()
  on.work = await phone(on).open(uuid(0xaa))
}

/** I15: what the server has is what was taken; what it has not verified lies whole on the phone. */
export async function provable(on: PhotoBench): Promise<void> {
  const { store, boxes } = await on.installation.open(uuid(0xaa))
  for (const [id, bytes] of on.taken) {
    const there = on.store.stored.get(id)
    if (there && !there.equals(bytes)) throw new Error(`I15: the server has something else for ${id}`)
    const [row, file] = await store.read(['photos', 'files'], async (tx) => [await tx.get('photos', id), await tx.get('files', [id, 'full'])])
    if (there) continue
    if (row?.state === 'stored') throw new Error(`I15: ${id} is called stored and is not`)
    const kept = file && (await boxes.openBytes(`files:${id}:full`, file.box))
    if (!kept || sha(kept) !== sha(bytes)) throw new Error(`I15: ${id} is lost`)
  }
}

export const sha256 = async (bytes: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await webcrypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))

/** Passes until nothing waits; each break is waited out. Rejects when it takes more than `most`. */
export async function sendAll(on: PhotoBench, most = 200): Promise<number> {
  for (let pass = 1; pass <= most; pass++) {
    await on.work.photos.send()
    await provable(on)
    if (!on.work.status().photos.unsent) return pass
    on.clock.advance(10 * 60_000)
  }
  throw new Error(`photos still wait after ${most} passes`)
}
