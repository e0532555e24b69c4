import { describe, expect, test } from 'vitest'
import { photoBench, provable, reopen, rowsOf, sendAll, visitWith, type Fate, type PhotoBench } from './bench'
import { answerOf, problem } from './store'

const KB = 1_024

test('a record goes before its photos, the smallest photo first, each verified', async () => {
  const on = await photoBench()
  const ids = await visitWith(on, [300 * KB, 40 * KB, 150 * KB])
  on.calls.length = 0
  await on.work.photos.send() // a record waits: nothing of the photos may leave
  expect(on.calls).toEqual([])
  await on.work.sync()
  expect(on.script.sent()[0].add).toEqual({ photos: [...ids].sort() })
  expect(on.work.status().photos).toMatchObject({ unsent: 3, bytes: 490 * KB, refused: 0 })
  expect(await sendAll(on)).toBe(1)
  expect(on.calls.findIndex((path) => path.includes('/photos'))).toBeGreaterThan(on.calls.indexOf('/sync/push'))
  expect(on.store.order).toEqual([ids[1], ids[2], ids[0]])
  expect((await rowsOf(on)).map((row) => [row.state, row.urgent])).toEqual(ids.map(() => ['stored', 0]))
})

test('hello tells how many photos wait', async () => {
  const on = await photoBench()
  await visitWith(on, [10 * KB, 20 * KB])
  await on.work.sync()
  const hellos = on.script.calls.filter((call) => call.path === '/sync/hello')
  expect(hellos.map((call) => (call.body.pending as { photos: number }).photos)).toEqual([0, 2])
})

test('a photo that was announced before the session ended travels with the drain token', async () => {
  const on = await photoBench()
  await visitWith(on, [10 * KB])
  await on.work.sync()
  on.fate = (request) => ('cookie' in request.auth ? problem(401, 'unauthenticated') : 'through')
  expect(await sendAll(on)).toBe(1)
})

describe('I15, whatever is cut', () => {
  const SIZES = [70 * KB, 130 * KB]
  const fates: [string, Fate][] = [
    ['is lost on the way', 'lost'],
    ['arrives and its answer is lost', 'unanswered'],
    ['is answered 500', answerOf(500, { status: 500, code: 'crashed' })],
    ['is answered 503 with a page', { ...answerOf(503), type: 'text/html' }],
    ['is answered 200 by a portal', { ...answerOf(200), type: 'text/html', header: () => null }],
    ['is answered 413 by a proxy', { ...answerOf(413), type: 'text/html' }],
  ]
  test.each(fates)('each request in turn %s', async (_name, fate) => {
    let requests = 1
    for (let broken = 1; broken <= requests; broken++) {
      const on = await photoBench()
      const ids = await visitWith(on, SIZES)
      await on.work.sync()
      on.fate = (_request, n) => (n === broken ? fate : 'through')
      await sendAll(on, 6)
      if (broken === 1) requests = on.store.asked.length + 1
      expect([...on.store.stored.keys()].sort()).toEqual([...ids].sort())
      expect(on.store.order.length).toBe(ids.length)
    }
    expect(requests).toBeGreaterThanOrEqual(10)
  }, 60_000)

  test('the server stores the last piece and says 503: it is not sent again', async () => {
    const on = await photoBench()
    const [id] = await visitWith(on, [50 * KB])
    await on.work.sync()
    let lied = 0
    on.fate = (request) => {
      if (request.method !== 'PATCH' || lied++) return 'through'
      on.store.answer(request)
      return problem(503, 'busy')
    }
    await sendAll(on, 3)
    expect(on.store.asked.filter((one) => one.method === 'PATCH').length).toBe(1)
    expect(on.store.order).toEqual([id])
  })

  test('a store that is down for an hour keeps the records going and nothing is lost', async () => {
    const on = await photoBench()
    await visitWith(on, [50 * KB, 60 * KB])
    await on.work.sync()
    on.store.up = false
    for (let at = 0; at < 12; at++) {
      await on.work.photos.send()
      await provable(on)
      on.clock.advance(5 * 60_000)
    }
    await visitWith(on, [5 * KB])
    expect((await on.work.sync()).outcome).toBe('complete')
    expect((await rowsOf(on)).map((row) => row.reason)).toContain('busy')
    on.store.up = true
    await sendAll(on, 3)
    expect(on.store.order.length).toBe(3)
  })

  test('an expired upload begins again, a killed app goes on where the server is', async () => {
    const on = await photoBench()
    const [id] = await visitWith(on, [300 * KB])
    await on.work.sync()
    on.fate = (request, n) => (request.method === 'PATCH' && n > 4 ? 'lost' : 'through')
    await on.work.photos.send()
    const [upload] = on.store.uploads.values()
    const half = upload.parts.length
    expect(half).toBeGreaterThan(0)
    await reopen(on)
    on.fate = () => 'through'
    on.store.asked.length = 0
    await sendAll(on, 2)
    const again = on.store.asked.filter((one) => one.method === 'PATCH').reduce((sum, one) => sum + one.body!.length, 0)
    expect(again).toBe(300 * KB - half)
    expect(on.store.order).toEqual([id])

    const [other] = await visitWith(on, [200 * KB])
    await on.work.sync()
    on.fate = (request, n) => (request.method === 'PATCH' && n > 5 ? 'lost' : 'through')
    await on.work.photos.send()
    on.store.expire()
    on.fate = () => 'through'
    await sendAll(on, 2)
    expect(on.store.order).toEqual([id, other])
  })
})

describe('pieces', () => {
  const lengths = (on: PhotoBench): number[] => on.store.asked.filter((one) => one.method === 'PATCH').map((one) => one.body!.length / KB)
  const sent = async (prepare: (on: PhotoBench) => void): Promise<number[]> => {
    const on = await photoBench()
    await visitWith(on, [560 * KB])
    await on.work.sync()
    prepare(on)
    await sendAll(on, 3)
    return lengths(on)
  }

  test('grow with what gets through', async () => expect(await sent(() => undefined)).toEqual([64, 128, 256, 112]))

  test('shrink with what does not', async () => {
    const cut = (on: PhotoBench): void => {
      on.fate = (request, n) => (request.method === 'PATCH' && n === 4 ? 'lost' : 'through')
    }
    expect(await sent(cut)).toEqual([32, 64, 128, 256, 80])
  })

  test('stay as they are on a link that takes long for one', async () => {
    const slow = (on: PhotoBench): void => {
      on.fate = () => {
        on.clock.advance(20_000)
        return 'through'
      }
    }
    expect(await sent(slow)).toEqual([64, 64, 64, 64, 64, 64, 64, 64, 48])
  })

  test('are cut to what the server takes', async () => {
    const on = await photoBench()
    on.script.hello = { limits: { tus_chunk: 100 * KB } }
    await visitWith(on, [260 * KB])
    await on.work.sync()
    await sendAll(on)
    expect(lengths(on)).toEqual([64, 100, 96])
  })
})

describe('no photo loops, none holds up another', () => {
  const attempts = (on: PhotoBench, method = 'PATCH'): number => on.store.asked.filter((one) => one.method === method).length

  test('a refused one is kept, shown with its reason, and the others go on', async () => {
    const on = await photoBench()
    const [bad, good] = await visitWith(on, [10 * KB, 20 * KB])
    await on.work.sync()
    on.store.refuse.set(bad, 'broken')
    await on.work.photos.send()
    const rows = await rowsOf(on)
    expect(rows.map((row) => [row.id, row.state, row.reason]).sort()).toEqual([[bad, 'refused', 'broken'], [good, 'stored', '']].sort())
    expect(on.work.status().photos).toMatchObject({ unsent: 0, refused: 1 })
    const before = on.store.asked.length
    for (let at = 0; at < 3; at++) await on.work.photos.send()
    expect(on.store.asked.length).toBe(before)
    on.store.refuse.clear()
    await on.work.photos.urge([bad]) // a person offers it once more
    await sendAll(on, 2)
    expect(on.store.stored.has(bad)).toBe(true)
  })

  test.each([400, 403, 415, 422])('%i for a piece refuses that photo', async (status) => {
    const on = await photoBench()
    await visitWith(on, [10 * KB, 20 * KB])
    await on.work.sync()
    on.fate = (request, n) => (request.method === 'PATCH' && n < 5 ? problem(status, 'bad', { reason: 'format' }) : 'through')
    await sendAll(on, 1)
    expect((await rowsOf(on)).map((row) => row.state).sort()).toEqual(['refused', 'stored'])
  })

  test('one that crashes the server each time lets the others by', async () => {
    const on = await photoBench()
    await visitWith(on, [10 * KB, 20 * KB, 30 * KB])
    await on.work.sync()
    const [smallest] = (await rowsOf(on)).sort((one, other) => one.size - other.size)
    on.fate = (request) =>
      request.method === 'PATCH' && request.body!.length === smallest.size ? problem(500, 'crashed') : 'through'
    await on.work.photos.send()
    expect(on.store.order.length).toBe(2)
  })

  test('one whose request never gets an answer lets the others by after three times', async () => {
    const on = await photoBench()
    await visitWith(on, [10 * KB, 20 * KB])
    await on.work.sync()
    on.fate = (request) => (request.method === 'PATCH' && request.body!.length === 10 * KB ? 'lost' : 'through')
    for (let pass = 0; pass < 4; pass++) await on.work.photos.send()
    expect(on.store.order.length).toBe(1)
    await provable(on)
  })

  test('a whole that does not hash is sent three times at most', async () => {
    const on = await photoBench()
    await visitWith(on, [10 * KB])
    await on.work.sync()
    on.fate = (request) => {
      if (request.method !== 'PATCH') return 'through'
      on.store.asked.push(request)
      return problem(422, 'wrong_hash')
    }
    for (let pass = 0; pass < 5; pass++) await on.work.photos.send()
    expect([attempts(on), (await rowsOf(on))[0].state, (await rowsOf(on))[0].reason]).toEqual([3, 'refused', 'wrong_hash'])
  })
})

describe('what a person chose', () => {
  test('paused and Wi-Fi-only photos wait, an urgent one goes', async () => {
    const on = await photoBench()
    const [one, two] = await visitWith(on, [10 * KB, 20 * KB])
    await on.work.sync()
    await on.work.photos.choose({ wifi_only: true, paused: false })
    on.network = 'paid'
    await on.work.photos.send()
    expect(on.store.order).toEqual([])
    await on.work.photos.urge([two])
    await on.work.photos.send()
    expect(on.store.order).toEqual([two])
    await on.work.photos.choose({ wifi_only: true, paused: true })
    on.network = 'free'
    await on.work.photos.send()
    expect(on.store.order).toEqual([two])
    await on.work.photos.choose({ wifi_only: true, paused: false })
    await on.work.photos.send()
    expect(on.store.order).toEqual([two, one])
  })

  test('a removed photo is not sent, one that is under way stops', async () => {
    const on = await photoBench()
    const [one, two] = await visitWith(on, [10 * KB, 300 * KB])
    await on.work.sync()
    on.fate = (request, n) => {
      if (n === 2) void on.work.photos.drop([one])
      return request.method === 'PATCH' && n > 7 ? 'lost' : 'through'
    }
    await on.work.photos.send()
    await on.work.photos.drop([two])
    on.fate = () => 'through'
    await on.work.photos.send()
    expect([on.store.order, await rowsOf(on)]).toEqual([[], []])
  })
})
