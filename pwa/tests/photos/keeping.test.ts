/** What stays on the phone, and what may go. */
import { describe, expect, test } from 'vitest'
import { expired } from '@/core/photos/keeping'
import { nextPhoto, pieceEnd } from '@/core/photos/queue'
import type { PhotoRow } from '@/core/store'
import { networkOf } from '@/adapters/network'
import { memoryPhone } from '@/services/headless'
import { GRID, seeded, uuid } from '../sync/script'
import { phoneHttp, photoBench, type Fate, type PhotoBench, picture, provable, reopen, rowsOf, sendAll, takenOf, visitWith } from './bench'

const KB = 1_024
const row = (more: Partial<PhotoRow>): PhotoRow => ({
  ...{ id: 'a', record: 'r', scope: 's', field: 'photos', state: 'stored', size: 1, at: '2026-11-22T00:00:00.000Z' },
  ...{ urgent: 0, upload: '', sent: 0, tries: 0, due: 0, rounds: 0, reason: '', stored: '2026-11-22T00:00:00.000Z' },
  ...{ v: 1, box: new Uint8Array(), ...more },
})

describe('verified photos', () => {
  const now = Date.parse('2026-11-22T00:00:00Z')
  const MB = 1024 * KB

  test('stay 35 days', () => {
    const old = row({ id: 'old', stored: '2026-10-17T00:00:00.000Z' })
    const young = row({ id: 'young', stored: '2026-10-19T00:00:00.000Z' })
    expect(expired([young, old], now).map((one) => one.id)).toEqual(['old'])
  })

  test('go sooner when all together are more than 60 MiB, the oldest first', () => {
    const rows = ['20', '18', '19'].map((day) => row({ id: day, size: 25 * MB, stored: `2026-11-${day}T00:00:00.000Z` }))
    expect(expired(rows, now).map((one) => one.id)).toEqual(['18'])
  })

  test('leave with their record; unsent ones stay whatever happens', async () => {
    const on = await photoBench()
    const [first] = await visitWith(on, [10 * KB])
    await on.work.sync()
    await sendAll(on)
    const visit = (await on.work.list('visit'))[0]
    on.script.gone(GRID, visit.id)
    const [second] = await visitWith(on, [20 * KB])
    await on.work.sync()
    on.fate = () => 'lost'
    await on.work.photos.send()
    expect((await rowsOf(on)).map((one) => one.id)).toEqual([second])
    on.taken.delete(first)
    await provable(on)
  })
})

test('the next photo is the smallest that may go; what failed again and again comes last', () => {
  const rows = [row({ id: 'big', size: 9 }), row({ id: 'small', size: 1, tries: 3 }), row({ id: 'mid', size: 5 }), row({ id: 'later', size: 2, due: 99 })]
  expect(nextPhoto(rows, () => true, 50)?.id).toBe('mid')
  expect(nextPhoto(rows, (one) => one.id === 'small', 50)?.id).toBe('small')
  expect(nextPhoto(rows, () => false, 50)).toBeNull()
})

test('a piece leaves no rest that the server would find too short', () => {
  expect([pieceEnd(0, 66_000, 65_536), pieceEnd(0, 70_000, 65_536), pieceEnd(65_536, 70_000, 65_536)]).toEqual([66_000, 65_536, 70_000])
})

test.each([
  [undefined, 'unknown'],
  [{}, 'unknown'],
  [{ type: 'wifi' }, 'free'],
  [{ type: 'cellular' }, 'paid'],
  [{ type: 'none' }, 'paid'],
] as const)('a browser that says %j is on a network that is %s', (said, network) => expect(networkOf(said)).toBe(network))

describe('a full phone', () => {
  /** The disk holds so many files and no more, for every store of this phone. */
  function holds(on: PhotoBench, files: () => number): void {
    for (const store of on.installation.stores.get(uuid(0xaa))!) {
      const write = store.write.bind(store)
      store.write = (tables, work) =>
        write(tables, async (tx) => {
          const done = await work(tx)
          if (tables.includes('files') && (await tx.count('files')) > files()) throw new Error('QuotaExceededError')
          return done
        })
    }
  }

  test('makes room with verified photos, never with others, and says when there is none', async () => {
    const on = await photoBench()
    await visitWith(on, [10 * KB, 11 * KB])
    await on.work.sync()
    await sendAll(on)
    holds(on, () => 4) // two photos of two files each
    const [unsent] = await visitWith(on, [12 * KB])
    expect((await rowsOf(on)).map((one) => one.id)).toEqual([unsent])
    await visitWith(on, [13 * KB])
    const third = on.work.photos.keep('visit', 'photos', takenOf(picture(14 * KB)))
    await expect(third).rejects.toMatchObject({ code: 'no_room' })
    expect((await rowsOf(on)).length).toBe(2)
    await on.work.create('visit', { household: uuid(1), result: 'met', photos: [] }, { scope: GRID }) // words need no room
    expect((await on.work.outboxItems()).length).toBe(3)
  })
})

describe('a form that is not saved', () => {
  test('has its photos again when it is opened again, however long it was left, and tells of them until somebody takes them out', async () => {
    const on = await photoBench()
    const { id } = await on.work.photos.keep('report/0203', 'photos_before', takenOf(picture(5 * KB)))
    expect((await on.work.photos.drafts('report/0203')).map((one) => one.id)).toEqual([id])
    await on.work.sync()
    await on.work.photos.send()
    expect(on.store.asked).toEqual([])
    on.clock.advance(400 * 86_400_000)
    await on.work.photos.send()
    await reopen(on)
    expect((await on.work.photos.drafts('report/0203')).map((one) => one.id)).toEqual([id])
    expect((await on.work.photos.all()).map((one) => [one.id, one.state])).toEqual([[id, 'draft']])
    await on.work.photos.drop([id])
    expect(await rowsOf(on)).toEqual([])
  })

  test('undo takes the photos of an unsent record with it', async () => {
    const on = await photoBench()
    await visitWith(on, [10 * KB])
    const [item] = await on.work.outboxItems()
    await on.work.undo(item.change)
    expect(await rowsOf(on)).toEqual([])
    expect(on.work.status().photos.unsent).toBe(0)
  })
})

test('photos of a step belong to the record as soon as the step is saved, and are its own list’s', async () => {
  const on = await photoBench()
  const issue = on.script.put(GRID, 'issue', uuid(9), { state: 'dispatched', photos: [uuid(70)] })
  await on.work.sync()
  const { id } = await on.work.photos.keep('issue/take', 'photos', takenOf(picture(5 * KB)))
  const seen = (await on.work.view(issue.id))!
  await on.work.transition(seen, 'take', {}, {}, { add: { photos: [id] } })
  expect((await on.work.view(issue.id))!.data).toMatchObject({ state: 'handling', photos: [id, uuid(70)].sort() })
  await on.work.sync()
  const [change] = on.script.sent()
  expect([change.transition?.action, change.add]).toEqual(['take', { photos: [id] }])
  expect((await rowsOf(on)).map((one) => [one.record, one.field, one.scope, one.state])).toEqual([[issue.id, 'photos', GRID, 'unsent']])
})

describe('the place of a photo', () => {
  test('travels only if somebody attached it', async () => {
    const on = await photoBench()
    const [with_, without] = await visitWith(on, [10 * KB, 20 * KB])
    await on.work.photos.place([with_], { lon: '117.03', lat: '36.66' })
    await on.work.sync()
    await sendAll(on)
    expect([on.store.announced.get(with_)?.place, on.store.announced.get(without)?.place]).toEqual([{ lon: '117.03', lat: '36.66' }, undefined])
  })
})

describe('a server that changed', () => {
  test('on a new timeline verified photos are asked again, and only what is missing travels', async () => {
    const on = await photoBench()
    const [kept, lost] = await visitWith(on, [10 * KB, 20 * KB])
    await on.work.sync()
    await sendAll(on)
    on.script.timeline = 't2'
    on.store.stored.delete(lost)
    on.store.uploads.clear()
    on.store.asked.length = 0
    await on.work.sync()
    expect(on.work.status().photos.unsent).toBe(2)
    await sendAll(on)
    const pieces = on.store.asked.filter((one) => one.method === 'PATCH')
    expect(pieces.reduce((sum, one) => sum + one.body!.length, 0)).toBe(20 * KB)
    expect(on.store.stored.has(kept) && on.store.stored.has(lost)).toBe(true)
  })

  test('a device that the office ends hands in its photos first, whatever was chosen, and is emptied then', async () => {
    const on = await photoBench()
    const [id] = await visitWith(on, [10 * KB])
    await on.work.photos.choose({ wifi_only: false, paused: true })
    await on.work.sync()
    on.script.hello = { actions: ['wipe'] }
    await on.work.sync()
    expect(on.work.status().wiped).toBe(false)
    await on.work.photos.send()
    expect([...on.store.stored.keys()]).toEqual([id])
    await on.work.sync()
    expect([on.work.status().wiped, await rowsOf(on)]).toEqual([true, []])
  })
})

describe('another person on the same phone', () => {
  test('hands in the photos of who was there before, and cannot remove a store that has unsent ones', async () => {
    const on = await photoBench()
    const [id] = await visitWith(on, [10 * KB])
    await on.work.sync()
    await on.work.close()
    const phone = memoryPhone({ http: phoneHttp(on), clock: on.clock, installation: on.installation, random: seeded() })
    await expect(phone.forget(uuid(0xaa))).rejects.toMatchObject({ code: 'unsent_work' })
    await phone.drainOthers(uuid(0xbb))
    expect([...on.store.stored.keys()]).toEqual([id])
    expect(on.store.asked.every((one) => 'drain' in one.auth)).toBe(true)
    await phone.forget(uuid(0xaa))
  })

  test.each(['draft', 'refused'] as const)('cannot remove a store with a photo that is nowhere else: %s', async (state) => {
    const on = await photoBench()
    await visitWith(on, [10 * KB])
    await on.work.sync()
    await on.work.photos.send()
    await on.work.close()
    const { store } = await on.installation.open(uuid(0xaa))
    const put = (to: PhotoRow['state']) =>
      store.write(['photos'], async (tx) => tx.put('photos', (await tx.range('photos', 'key')).map((row) => ({ ...row, state: to }))))
    const phone = memoryPhone({ http: phoneHttp(on), clock: on.clock, installation: on.installation, random: seeded() })
    await put(state)
    await expect(phone.forget(uuid(0xaa))).rejects.toMatchObject({ code: 'unsent_work' })
    await put('stored')
    await phone.forget(uuid(0xaa))
  })
})

describe('by itself', () => {
  /** Until it is so; the loops of a started workspace run on their own. */
  const soon = async (so: () => boolean): Promise<void> => {
    for (let at = 0; at < 2_000 && !so(); at++) await new Promise((go) => setTimeout(go, 1))
    expect(so()).toBe(true)
  }

  test('photos follow their record, wait out a fault, and let a new record pass', async () => {
    const on = await photoBench()
    const [id] = await visitWith(on, [200 * KB])
    let cuts = 0
    on.fate = (request) => (request.method === 'PATCH' && cuts++ === 1 ? 'lost' : 'through')
    on.work.start()
    await soon(() => cuts === 2)
    expect(on.store.stored.size).toBe(0)
    await soon(() => on.clock.sleeping() > 1)
    on.clock.advance(10_000)
    await soon(() => on.store.stored.has(id))

    // a piece is under way when somebody writes: the record is through before the next one leaves
    const [next] = await visitWith(on, [400 * KB])
    let wrote = false
    on.calls.length = 0
    on.fate = async (request): Promise<Fate> => {
      if (request.method === 'PATCH' && !wrote) {
        wrote = true
        await on.work.create('visit', { household: uuid(1), result: 'nobody_home' }, { scope: GRID })
      }
      return 'through'
    }
    await soon(() => {
      if (on.clock.sleeping() > 1) on.clock.advance(7_000)
      return on.store.stored.has(next)
    })
    const pieces = on.calls.flatMap((path, at) => (path.startsWith('PATCH') ? [at] : []))
    const pushes = on.calls.flatMap((path, at) => (path === '/sync/push' ? [at] : []))
    expect(pushes.length).toBe(2)
    expect(pieces.findIndex((at) => at > pushes[1])).toBe(1)
    await on.work.close()
  })
})

test('what the server says of a photo of others is told as it is', async () => {
  const on = await photoBench()
  const look = (): ReturnType<typeof on.work.photos.look> => on.work.photos.look(uuid(77), 'thumb')
  for (const [code, told] of [['awaited', 'awaited'], ['not_found', 'not_found'], ['photo_refused', 'refused'], ['photo_missing', 'missing']]) {
    on.fate = () => ({ ...answerFor(404, code) })
    expect(await look()).toEqual({ problem: told })
  }
  on.fate = () => ({ ...answerFor(200, ''), type: 'text/html', bytes: new Uint8Array([1]) })
  expect(await look()).toEqual({ problem: 'offline' })
  on.fate = () => 'lost'
  expect(await look()).toEqual({ problem: 'offline' })
  on.fate = () => ({ ...answerFor(200, ''), type: 'image/webp', bytes: new Uint8Array([1, 2]) })
  expect(await look()).toEqual({ mime: 'image/webp', bytes: new Uint8Array([1, 2]) })
  on.fate = () => 'lost' // shown again from memory
  expect(await look()).toEqual({ mime: 'image/webp', bytes: new Uint8Array([1, 2]) })
})

const answerFor = (status: number, code: string) => ({
  ...{ status, type: 'application/problem+json', retryAfter: null, tag: null, body: { status, code } },
  ...{ bytes: new Uint8Array(), header: () => null },
})
