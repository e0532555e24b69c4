/** The adapters that touch the world. */
import 'fake-indexeddb/auto'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { boxesUnder, newDeviceKey } from '@/adapters/crypto'
import { httpOver } from '@/adapters/http'
import { BrowserInstallation } from '@/adapters/installation'
import { processLocks } from '@/adapters/locks'
import { readPlace } from '@/adapters/location'
import { NoAnswer } from '@/core/ports'
import { sealToServer } from '@/adapters/envelope'
import { pinCrypto } from '@/adapters/pin'
import * as photoSending from '@/services/photo_sending'
import { openPhone } from '@/services/phone'
import { GRID, Script, seeded, TestClock, uuid } from './sync/script'

const over = (fetching: typeof fetch, more: object = {}) =>
  httpOver({ origin: 'http://x', fetch: fetching, timeout: 50, silence: 50, gzip: true, ...more })
const get = { method: 'GET', path: '/a', auth: { cookie: true } } as const

describe('http', () => {
  test('sends long bodies as gzip and short ones as they are', async () => {
    const sent: [string | null, Uint8Array][] = []
    const http = over(async (_url, init) => {
      sent.push([new Headers(init?.headers).get('content-encoding'), init?.body as Uint8Array])
      return new Response('{}')
    })
    const long = { text: '张'.repeat(2_000) }
    await http.send({ ...get, method: 'POST', body: long })
    await http.send({ ...get, method: 'POST', body: { a: 1 } })
    expect(JSON.parse(gunzipSync(sent[0][1]).toString())).toEqual(long)
    expect([sent[0][0], sent[1][0], new TextDecoder().decode(sent[1][1])]).toEqual(['gzip', null, '{"a":1}'])
  })

  test('a drain token travels without the cookie', async () => {
    let seen: RequestInit | undefined
    const http = over(async (_url, init) => {
      seen = init
      return new Response('{}')
    })
    await http.send({ ...get, auth: { drain: 't' } })
    expect([seen?.credentials, new Headers(seen?.headers).get('authorization')]).toEqual(['omit', 'Bearer t'])
  })

  test('bytes travel as they are, and the answer shows its headers and bytes', async () => {
    let seen: RequestInit | undefined
    const http = over(async (_url, init) => {
      seen = init
      return new Response(new Uint8Array([9, 0, 255]), { status: 200, headers: { 'content-type': 'image/webp', 'Upload-Offset': '7' } })
    })
    const body = new Uint8Array(5_000).fill(1)
    const answer = await http.bytes({ method: 'PATCH', path: '/a', auth: { drain: 't' }, headers: { 'Upload-Offset': '2' }, body })
    const sent = new Headers(seen?.headers)
    expect([seen?.body, sent.get('content-encoding'), sent.get('upload-offset'), sent.get('authorization')]).toEqual([body, null, '2', 'Bearer t'])
    expect([answer.type, [...answer.bytes], answer.header('upload-offset'), answer.body]).toEqual(['image/webp', [9, 0, 255], '7', undefined])
    const broken = over(async () => new Response('{"code":"busy","status":503}', { status: 503, headers: { 'content-type': 'application/problem+json' } }))
    expect((await broken.bytes({ method: 'HEAD', path: '/a', auth: { cookie: true } })).body).toEqual({ code: 'busy', status: 503 })
  })

  test('reads Retry-After in seconds and leaves a body that is no JSON undefined', async () => {
    const answer = await over(
      async () =>
        new Response('<html>', {
          status: 503,
          headers: { 'retry-after': '3', 'content-type': 'Text/HTML; charset=x' },
        }),
    ).send(get)
    expect(answer).toEqual({ status: 503, type: 'text/html', retryAfter: 3_000, tag: null, body: undefined })
  })

  test.each([
    [
      'the network',
      async () => {
        throw new TypeError('failed')
      },
    ],
    [
      'silence',
      (_url: unknown, init?: RequestInit) =>
        new Promise<Response>((_, fail) => init?.signal?.addEventListener('abort', () => fail(new Error('aborted')))),
    ],
    [
      'a body that breaks off',
      async () => new Response(new ReadableStream({ start: (to) => to.error(new Error('reset')) })),
    ],
  ] as [string, typeof fetch][])('tells %s as no answer', async (_what, fetching) => {
    await expect(over(fetching).send(get)).rejects.toBeInstanceOf(NoAnswer)
  })

  test('hands on whole lines only, whatever the pieces', async () => {
    const bytes = new TextEncoder().encode('{"a":"张"}\n{"b":2}\n{"half":')
    const pieces = new ReadableStream({
      start(to) {
        for (const byte of bytes) to.enqueue(Uint8Array.of(byte))
        to.close()
      },
    })
    const answer = await over(async () => new Response(pieces)).stream(get)
    const lines: string[] = []
    for await (const { line } of answer.lines) lines.push(line)
    expect(lines).toEqual(['{"a":"张"}', '{"b":2}'])
  })

  test('a stream that breaks off throws after the lines that came', async () => {
    let pulls = 0
    const pieces = new ReadableStream({
      pull(to) {
        if (pulls++) to.error(new Error('reset'))
        else to.enqueue(new TextEncoder().encode('{"a":1}\n'))
      },
    })
    const answer = await over(async () => new Response(pieces)).stream(get)
    const lines: string[] = []
    const reading = (async () => {
      for await (const { line } of answer.lines) lines.push(line)
    })()
    await expect(reading).rejects.toBeInstanceOf(NoAnswer)
    expect(lines).toEqual(['{"a":1}'])
  })
})

describe('boxes', () => {
  test('open under their own key and place only', async () => {
    const boxes = boxesUnder(await newDeviceKey())
    const box = await boxes.seal('base:1', { name: '张三' })
    expect(await boxes.open('base:1', box)).toEqual({ name: '张三' })
    await expect(boxes.open('base:2', box)).rejects.toThrow()
    await expect(boxesUnder(await newDeviceKey()).open('base:1', box)).rejects.toThrow()
    box[20] ^= 1
    await expect(boxes.open('base:1', box)).rejects.toThrow()
  })

  test('never look the same twice, and their key does not leave', async () => {
    const key = await newDeviceKey()
    const boxes = boxesUnder(key)
    expect(await boxes.seal('a', 1)).not.toEqual(await boxes.seal('a', 1))
    await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow()
  })
})

test('a lock lets one in and sends the other away at once', async () => {
  const locks = processLocks()
  let free = (): void => undefined
  const first = locks.hold('a', () => new Promise<string>((done) => (free = () => done('done'))))
  expect(await locks.hold('a', async () => 'never')).toBe('busy')
  expect(await locks.hold('b', async () => 'other')).toBe('other')
  free()
  expect([await first, await locks.hold('a', async () => 'next')]).toEqual(['done', 'next'])
})

test('a place is read once, in texts of six places; why there is none is told', async () => {
  const position = { coords: { longitude: 117.12345678, latitude: 36.5, accuracy: 12.34 }, timestamp: 0 }
  const at = { getCurrentPosition: (ok: (p: unknown) => void) => ok(position) } as unknown as Geolocation
  expect(await readPlace(1_000, at)).toEqual({
    point: { lon: '117.123457', lat: '36.5', accuracy_m: '12.3' },
    at: '1970-01-01T00:00:00.000Z',
  })
  const denied = {
    getCurrentPosition: (_: unknown, no: (f: unknown) => void) => no({ code: 1 }),
  } as unknown as Geolocation
  expect([await readPlace(1_000, denied), await readPlace(1_000, undefined)]).toEqual([
    { problem: 'denied' },
    { problem: 'unsupported' },
  ])
})

describe("the browser's installation", () => {
  const phone = (script: Script) => {
    const clock = new TestClock()
    const http = httpOver({ origin: '', fetch: script.fetch, timeout: 5_000, silence: 5_000, gzip: false })
    const signals = () => ({ post: () => undefined, listen: () => () => undefined, close: () => undefined })
    return openPhone({
      installation: new BrowserInstallation(),
      http,
      clock,
      random: seeded(),
      locks: processLocks(),
      pin: { ...pinCrypto, rounds: 1_000 },
      envelope: sealToServer,
      signals,
      storage: async () => null,
      onWake: () => () => undefined,
      network: () => 'unknown',
      clearOutside: async () => undefined,
      senderPart: async () => photoSending,
      deviceName: 'x',
      app: 'x',
      schema: 1,
    })
  }

  test('loads, edits, closes, opens again and sends, over real IndexedDB transactions', async () => {
    const script = new Script()
    for (let n = 1; n <= 450; n++)
      script.put(GRID, 'household', uuid(n), { contact_person: `户${n}`, dwelling: uuid(5_000 + (n % 7)) })
    const first = await phone(script).login('worker1', 'x')
    expect((await first.sync()).outcome).toBe('complete')
    await first.update((await first.view(uuid(7)))!, { note: 'typed' })
    await first.close()
    const again = await phone(script).open(uuid(0xaa))
    expect([await again.count('household'), (await again.outboxItems()).length]).toEqual([450, 1])
    expect((await again.list('household', { parent: uuid(5_003) })).length).toBe(64)
    script.gone(GRID, uuid(9))
    expect((await again.sync()).outcome).toBe('complete')
    const pages: number[] = []
    expect(await again.readAll('household', (views) => pages.push(views.length))).toBe(449)
    expect([pages.length, (await again.view(uuid(7)))?.data.note]).toEqual([3, 'typed'])
    await again.sync()
    expect(again.status().problems).toEqual([])
    await again.close()
  })

  test("names its database by user and keeps nobody's clear text in it", async () => {
    const names = (await indexedDB.databases()).map((one) => one.name)
    expect(names).toContain(`grid-${uuid(0xaa)}`)
  })
})
