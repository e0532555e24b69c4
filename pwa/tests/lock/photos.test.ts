/** Photos and the PIN: what a locked phone can send it cannot show. */
import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { httpOver } from '@/adapters/http'
import { memoryPhone } from '@/services/headless'
import type { Look, Workspace } from '@/services/workspace'
import { picture, takenOf } from '../photos/bench'
import { PhotoStore, sha } from '../photos/store'
import { GRID, seeded } from '../sync/script'
import { again, code, H, lockBench, openedPhoto, PIN, typed, WHO, type Locked } from './bench'

const PLACE = { lon: '117.03', lat: '36.66' }
const DATA = picture(90_000)

interface Shot extends Locked {
  photos: PhotoStore
  id: string
}

/** A phone with a PIN, and a visit with a photo on it that never was in contact since. */
async function shot(pin: 'before' | 'after' = 'before'): Promise<Shot> {
  const photos = new PhotoStore()
  const on = await lockBench(undefined, (script, clock, installation) => {
    const http = httpOver({ origin: '', fetch: script.fetch, timeout: 5_000, silence: 5_000, gzip: false })
    const bytes: typeof http.bytes = async (request) => photos.answer(request)
    return memoryPhone({ http: { ...http, bytes }, clock, installation, random: seeded() })
  })
  if (pin === 'before') await on.work.setPin(PIN)
  on.script.offline = true
  const { id } = await on.work.photos.keep('visit', 'photos', takenOf(DATA))
  await on.work.photos.place([id], PLACE)
  await on.work.create('visit', { household: H, result: 'met', photos: [id] }, { scope: GRID })
  on.script.offline = false
  if (pin === 'after') {
    await on.work.setPin(PIN)
    await on.work.guard.settled()
  }
  return { ...on, photos, id }
}

const shown = async (work: Workspace, id: string, size: 'thumb' | 'screen' = 'screen'): Promise<string> => {
  const look: Look = await work.photos.look(id, size)
  return 'bytes' in look ? sha(look.bytes) : look.problem
}

const tables = (on: Locked) => on.installation.disks.get(WHO)!.tables

/** Everything of photos on the disk that the phone's own key, which needs no PIN, opens. */
async function openWithoutPin(on: Shot): Promise<string[]> {
  const { boxes } = await on.installation.open(WHO)
  const rows = [...tables(on).get('photos')!.values(), ...tables(on).get('files')!.values()] as { id: string; box: Uint8Array }[]
  const found: string[] = []
  for (const about of [`photos:${on.id}`, `picture:${on.id}`, `picture:${on.id}:thumb`, `files:${on.id}:full`, `files:${on.id}:thumb`])
    for (const { box } of rows) if (await boxes.openBytes(about, box).catch(() => null)) found.push(about)
  const plain = rows.some(({ box }) => Buffer.from(box).includes(Buffer.from(DATA.subarray(100, 200))))
  return plain ? [...found, 'plain'] : found
}

const arrivedWhole = (on: Shot): unknown => {
  const file = on.photos.stored.get(on.id)
  const { data, place } = file ? openedPhoto(on.id, file) : { data: null, place: null }
  return { whole: data?.equals(DATA) ?? false, place }
}
const WHOLE = { whole: true, place: PLACE }

describe.each(['before', 'after'] as const)('a photo taken %s the PIN was set', (pin) => {
  test('is shown while the phone is open, and by nothing that lies on a locked one', async () => {
    const on = await shot(pin)
    expect(await shown(on.work, on.id)).toBe(sha(DATA))
    expect(await shown(on.work, on.id, 'thumb')).toBe(sha(DATA.slice(0, 64)))
    again(on)
    expect(await openWithoutPin(on)).toEqual([])
    const work = await on.phone.unlock(WHO, PIN)
    expect(await shown(work, on.id)).toBe(sha(DATA))
    expect(await shown(work, on.id, 'thumb')).toBe(sha(DATA.slice(0, 64)))
  })

  test('travels while the phone is locked, after the words, which go on waiting for their verdict', async () => {
    const on = await shot(pin)
    await again(on).handInLocked()
    expect(tables(on).get('outbox')!.size).toBe(1)
    expect(arrivedWhole(on)).toEqual(WHOLE)
    expect([...tables(on).get('photos')!.values()].map((row) => row.state)).toEqual(['stored'])
  })

  test('outlives ten wrong PINs: nobody can see it here any more, and it arrives', async () => {
    const on = await shot(pin)
    on.script.offline = true
    for (let wrong = 1; wrong <= 10; wrong++) await code(again(on).unlock(WHO, '000000'))
    expect(await openWithoutPin(on)).toEqual([])
    expect([...tables(on).get('photos')!.values()].map((row) => [row.state, (row.box as Uint8Array).length])).toEqual([['unsent', 0]])
    on.script.offline = false
    await on.phone.handInLocked()
    expect(arrivedWhole(on)).toEqual(WHOLE)
  })
})

test('an upload that an open phone began is finished by the locked one: the bytes are the same', async () => {
  const on = await shot()
  await on.work.sync()
  const answer = on.photos.answer.bind(on.photos)
  let pieces = 0
  on.photos.answer = (request) => {
    if (request.method === 'PATCH' && ++pieces > 1) on.photos.up = false
    return answer(request)
  }
  await on.work.photos.send()
  expect([...tables(on).get('photos')!.values()].map((row) => row.sent)).toEqual([65_536])
  Object.assign(on.photos, { up: true, answer })
  on.clock.advance(3_600_000)
  await again(on).handInLocked()
  expect(arrivedWhole(on)).toEqual(WHOLE)
  expect(on.photos.asked.filter((one) => one.method === 'PATCH' && one.headers?.['Upload-Offset'] === '0')).toHaveLength(1)
})

test('a photo of a form that is not saved is there again after the lock, and goes with a key that is given up', async () => {
  const on = await shot()
  const { id } = await on.work.photos.keep('form', 'photos', takenOf(picture(5_000)))
  const work = await again(on).unlock(WHO, PIN)
  expect((await work.photos.drafts('form')).map((one) => one.id)).toEqual([id])
  expect(await shown(work, id)).toBe(sha(picture(5_000)))
  await work.close()
  for (let wrong = 1; wrong <= 10; wrong++) await code(again(on).unlock(WHO, '000000'))
  expect([...tables(on).get('photos')!.values()].map((row) => row.state)).toEqual(['unsent'])
  expect(tables(on).get('files')!.size).toBe(1)
})

test('a revoked phone that is locked hands its photo in before it empties itself', async () => {
  const on = await shot()
  on.script.hello = { actions: ['wipe'] }
  await again(on).handInLocked()
  expect(arrivedWhole(on)).toEqual(WHOLE)
  expect([tables(on).get('photos')!.size, tables(on).get('files')!.size, tables(on).get('outbox')!.size]).toEqual([0, 0, 0])
})

test('a rescue file from the locked screen holds the photo, whole, sealed, and signed with what the phone was given', async () => {
  const on = await shot()
  on.script.offline = true
  await typed(on)
  const { content, ...told } = await again(on).rescue(WHO)
  expect(told).toEqual({ name: 'grid-rescue-worker1-20261122-0800.json', changes: 4, photos: 1, without: 0 })
  const file = JSON.parse(await content.text()) as { format: string; parts: Part[] }
  expect([file.format, file.parts.map((part) => [part.changes.length, part.photos?.length])]).toEqual(['grid-rescue', [[4, undefined], [0, 1]]])
  const { made_at, device, mac, photos: [photo] = [] } = file.parts[1]
  const { id, record, field, taken_at, sha256, bytes, data } = photo
  expect([id, sha256, bytes]).toEqual([on.id, sha(Buffer.from(data, 'base64')), Buffer.from(data, 'base64').length])
  expect(openedPhoto(id, Buffer.from(data, 'base64')).data.equals(DATA)).toBe(true)
  const key = createHash('sha256').update('drain-1').digest()
  const lines = ['grid-rescue 1', device, made_at, `photo ${id} ${record} ${field} ${taken_at} ${sha256} ${bytes}`]
  expect(mac).toBe(createHmac('sha256', key).update(lines.join('\n')).digest('hex'))
})

interface Part {
  device: string
  made_at: string
  changes: object[]
  photos?: { id: string; record: string; field: string; taken_at: string; sha256: string; bytes: number; data: string }[]
  mac: string
}
