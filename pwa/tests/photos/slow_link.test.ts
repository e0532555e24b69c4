/** The measure of the whole: a hundred photos over a very slow, very bad link, in virtual time. */
import { sealToServer } from '@/adapters/envelope'
import { expect, test } from 'vitest'
import { NoAnswer, type BytesAnswer, type BytesRequest } from '@/core/ports'
import { sendPhotos } from '@/core/photos/send'
import { firstLink, type PhotoRun } from '@/core/photos/run'
import { openRun } from '@/core/sync/run'
import { seeded } from '../sync/script'
import { photoBench, provable, sha256, visitWith } from './bench'

const BYTES_PER_MS = 8 // 64 kbit/s
const CUT = 0.05

/** Bytes of a request on the wire: line, headers, body, and what a browser adds (measured: about 350). */
const weight = (request: BytesRequest): number =>
  Object.entries(request.headers ?? {}).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 350) +
  request.path.length +
  (request.body?.length ?? 0)

const ANSWER = 400

test('100 photos of 240 kB over 64 kbit/s, 5 % of requests cut at a random byte: ≤ 1.1 × their bytes travel, smallest first', async () => {
  const on = await photoBench()
  const random = seeded(7)
  const sizes = Array.from({ length: 100 }, (_, at) => 190_000 + ((at * 37) % 100) * 1_000) // 190 to 289 kB, 239.5 on average
  const ids: string[] = []
  for (let at = 0; at < 100; at += 5) ids.push(...(await visitWith(on, sizes.slice(at, at + 5))))
  on.calls.length = 0
  await on.work.sync()
  expect(on.store.asked).toEqual([])
  expect(on.script.sent().length).toBe(20)

  let sent = 0
  const over = async (request: BytesRequest): Promise<BytesAnswer> => {
    const whole = weight(request)
    const cut = random.fraction() < CUT ? random.fraction() * (whole + ANSWER) : Infinity
    const gone = Math.min(whole, cut)
    sent += gone
    on.clock.at += gone / BYTES_PER_MS
    if (cut < whole) throw new NoAnswer('cut')
    const answer = on.store.answer(request)
    if (cut < Infinity) throw new NoAnswer('cut')
    return answer
  }
  const { store, boxes } = await on.installation.open((await on.installation.entries())[0].id)
  const keys = { envelope: sealToServer, destroyKey: (again: () => Promise<void>) => again() }
  const ground = { store, boxes, ...keys, clock: on.clock, random, app: '', schema: 1, storage: async () => null }
  const http = { bytes: over } as unknown as PhotoRun['ground']['http']
  const run: PhotoRun = {
    ...{ ground: { ...ground, http }, auth: { cookie: true }, drain: null, link: firstLink(), sha256 },
    ...{ limits: { tus_chunk: 262_144, tus_chunk_min: 32_768 }, stop: new AbortController().signal, hurry: false },
    ...{ allowed: async () => () => true, changed: () => undefined, yields: true },
  }
  expect(await openRun(run.ground, { changed: () => undefined, phase: () => undefined, problem: () => undefined })).not.toBeNull()
  const started = on.clock.at
  let breaks = 0
  for (;;) {
    const pass = await sendPhotos(run)
    if (pass.at === null) break
    breaks += pass.ending === 'offline' ? 1 : 0
    on.clock.at = Math.max(on.clock.at, pass.at)
    if (breaks % 20 === 0) await provable(on)
  }
  await provable(on)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  expect(on.store.stored.size).toBe(100)
  expect(breaks).toBeGreaterThan(15)
  expect(sent / total).toBeLessThanOrEqual(1.1)
  const order = on.store.order.map((id) => on.taken.get(id)!.length)
  expect(order).toEqual([...order].sort((one, other) => one - other))
  const bare = total / BYTES_PER_MS
  expect((on.clock.at - started) / bare).toBeLessThanOrEqual(1.25)
}, 60_000)
