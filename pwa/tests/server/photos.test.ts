/** Photos against the real server, over a real socket. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpOver } from '@/adapters/http'
import { NoAnswer, type Http } from '@/core/ports'
import { cookieFetch, MemoryInstallation, memoryPhone } from '@/services/headless'
import type { Taken, Workspace } from '@/services/workspace'
import { desk, RealServer, type Demo } from './server'

const ROOT = resolve(import.meta.dirname, '../../..')
let server: RealServer
let demo: Demo
let pictures: Buffer[]
beforeAll(async () => {
  ;({ server, demo } = await RealServer.start(5))
  pictures = drawn(10, 40_000)
}, 120_000)
afterAll(() => server.end())

/** Real pictures of about so many bytes: noise, so that each has its own hash. */
function drawn(count: number, bytes: number): Buffer[] {
  const program = `
import base64, io, os
from PIL import Image
for n in range(${count}):
    side = 100
    while True:
        file = io.BytesIO()
        Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(file, "JPEG", quality=80)
        if file.tell() >= ${bytes}:
            break
        side += 8
    print(base64.b64encode(file.getvalue()).decode())`
  const lines = execFileSync(join(ROOT, '.venv/bin/python'), ['-c', program], { encoding: 'utf8', maxBuffer: 2 ** 26 })
  return lines.trim().split('\n').map((line) => Buffer.from(line, 'base64'))
}

const takenOf = (bytes: Buffer): Taken => {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { bytes: new Uint8Array(bytes), thumb: new Uint8Array(bytes.subarray(0, 99)), mime: 'image/jpeg', sha256, at: new Date().toISOString() }
}

async function visitWith(work: Workspace, photos: Buffer[]): Promise<string[]> {
  const kept = await Promise.all(photos.map((bytes) => work.photos.keep('visit', 'photos', takenOf(bytes))))
  const [household] = await work.list('household', { scope: demo.users.worker1.scopes[0] })
  const ids = kept.map((one) => one.id)
  const values = { household: household.id, kind: 'routine', method: 'in_person', result: 'met', started_at: '2026-11-22T01:00:00Z', photos: ids }
  await work.create('visit', values, { scope: household.scope })
  return ids
}

interface Seen {
  sent: number
  order: string[]
}

/** The real http, counted, with every fifth request about photos cut before or after it reached the server. */
function cutting(seen: Seen): Http {
  const fetching = cookieFetch(fetch)
  const http = httpOver({ origin: server.url, fetch: fetching, timeout: 30_000, silence: 30_000, gzip: true })
  let n = 0
  return {
    ...http,
    send: (request) => (seen.order.push(request.path), http.send(request)),
    bytes: async (request) => {
      seen.order.push(`${request.method} ${request.path}`)
      n += 1
      if (n % 10 === 5) throw new NoAnswer('cut')
      seen.sent += request.body?.length ?? 0
      const answer = await http.bytes(request)
      if (n % 10 === 0) throw new NoAnswer('cut')
      return answer
    },
  }
}

test('ten photos of 40 kB arrive whole over a link that is cut again and again, after their record, and are shown to a colleague', async () => {
  const seen: Seen = { sent: 0, order: [] }
  const installation = new MemoryInstallation()
  const work = await memoryPhone({ http: cutting(seen), installation }).login('worker1', 'grid-demo')
  await work.sync()
  const ids = [...(await visitWith(work, pictures.slice(0, 9))), ...(await visitWith(work, pictures.slice(9)))]
  seen.order.length = 0
  expect((await work.sync()).outcome).toBe('complete')
  expect(work.status().photos.unsent).toBe(10)
  let passes = 0
  for (; work.status().photos.unsent && passes < 60; passes++) await work.photos.send()
  expect(work.status().photos).toMatchObject({ unsent: 0, bytes: 0, refused: 0 })
  const first = seen.order.findIndex((path) => path.includes('/photos'))
  expect(first).toBeGreaterThan(seen.order.indexOf('/sync/push'))
  const total = pictures.reduce((sum, bytes) => sum + bytes.length, 0)
  expect(seen.sent / total).toBeLessThanOrEqual(1.25) // a tenth of the answers were lost with all their bytes

  const other = await memoryPhone({ origin: server.url }).login('worker2', 'grid-demo')
  await other.sync()
  const look = await other.photos.look(ids[0], 'thumb')
  expect('mime' in look && look.mime).toBe('image/webp')
  const own = await work.photos.look(ids[0], 'screen')
  expect('bytes' in own && Buffer.from(own.bytes).equals(pictures[0])).toBe(true)
}, 120_000)

test('a photo whose bytes have not come is told as on its way, one of a strange grid as not there', async () => {
  const work = await memoryPhone({ origin: server.url }).login('worker1', 'grid-demo')
  await work.sync()
  const [id] = await visitWith(work, drawn(1, 5_000))
  await work.sync()
  const near = await memoryPhone({ origin: server.url }).login('worker2', 'grid-demo')
  const far = await memoryPhone({ origin: server.url }).login('worker3', 'grid-demo')
  expect(await near.photos.look(id, 'thumb')).toEqual({ problem: 'awaited' })
  await work.photos.send()
  expect(await far.photos.look(id, 'thumb')).toEqual({ problem: 'not_found' })
}, 60_000)

test('a file that is no picture is refused in words and does not come back', async () => {
  const work = await memoryPhone({ origin: server.url }).login('worker1', 'grid-demo')
  await work.sync()
  await visitWith(work, [Buffer.from('not a picture at all'.repeat(200))])
  await work.sync()
  await work.photos.send()
  expect(work.status().photos).toMatchObject({ unsent: 0, refused: 1 })
  const [refused] = await work.photos.all()
  expect([refused.state, refused.reason]).toEqual(['refused', 'format'])
}, 60_000)

test('a rescue file brings the photo to the office with its record, twice without harm, and the phone sends not one byte more', async () => {
  const seen: Seen = { sent: 0, order: [] }
  const installation = new MemoryInstallation()
  const phone = memoryPhone({ http: cutting(seen), installation })
  const work = await phone.login('worker1', 'grid-demo')
  await work.sync()
  const [picture] = drawn(1, 30_000)
  const [id] = await visitWith(work, [picture])
  const { content, photos } = await phone.rescue(demo.users.worker1.id)
  expect(photos).toBe(1)
  const { parts, ...head } = JSON.parse(await content.text()) as { parts: object[] }
  const office = await desk(server, 'clerk1')
  const bring = async () => {
    const told: object[] = []
    for (const part of parts) told.push((await office.post('/office/rescue', { ...head, ...part })) as object)
    return told
  }
  expect(await bring()).toMatchObject([{ verdicts: { applied: 1 } }, { photos: { stored: 1, known: 0, refused: 0 } }])
  expect(await bring()).toMatchObject([{ known: 1 }, { photos: { stored: 0, known: 1, refused: 0 } }])
  await work.sync()
  for (let pass = 0; work.status().photos.unsent && pass < 9; pass++) await work.photos.send()
  expect(work.status().photos).toMatchObject({ unsent: 0, refused: 0 })
  expect(seen.order.filter((path) => path.startsWith('PATCH'))).toEqual([])
  const near = await memoryPhone({ origin: server.url }).login('worker2', 'grid-demo')
  expect('mime' in (await near.photos.look(id, 'thumb'))).toBe(true)
}, 60_000)
