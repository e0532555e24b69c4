/** What a patrol and the page about the phone ask of the browser. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { keepAwake } from '@/adapters/awake'
import { capabilities } from '@/adapters/capabilities'
import { followPlace } from '@/adapters/location'
import { canScan, scan } from '@/adapters/scanner'
import { readAbout } from '@/services/about'

afterEach(() => vi.unstubAllGlobals())

const reader = (answers: string[][]) =>
  class {
    static getSupportedFormats = async (): Promise<string[]> => ['qr_code']
    detect = async (): Promise<{ rawValue: string }[]> => (answers.shift() ?? []).map((rawValue) => ({ rawValue }))
  }
const video = (): HTMLVideoElement => ({ srcObject: null, play: async () => undefined }) as unknown as HTMLVideoElement

function camera(give: () => Promise<unknown>) {
  const stop = vi.fn()
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: vi.fn(async () => (await give()) ?? { getTracks: () => [{ stop }] }) } })
  return stop
}

describe('reading a code', () => {
  test('looks until there is one, and the camera is off afterwards', async () => {
    vi.stubGlobal('BarcodeDetector', reader([[], ['A-1']]))
    const stop = camera(async () => null)
    expect(await canScan()).toBe(true)
    expect(await scan(video(), new AbortController().signal)).toEqual({ code: 'A-1' })
    expect(stop).toHaveBeenCalledOnce()
  })
  test('ends when the page is left, with the camera off', async () => {
    vi.stubGlobal('BarcodeDetector', reader([]))
    const stop = camera(async () => null)
    const over = new AbortController()
    const scanning = scan(video(), over.signal)
    over.abort()
    expect(await scanning).toEqual({ problem: 'stopped' })
    expect(stop).toHaveBeenCalledOnce()
  })
  test('says when the camera is not allowed, and that there is no reader', async () => {
    expect([await canScan(), await scan(video(), new AbortController().signal)]).toEqual([false, { problem: 'unavailable' }])
    vi.stubGlobal('BarcodeDetector', reader([]))
    camera(async () => {
      throw Object.assign(new Error(), { name: 'NotAllowedError' })
    })
    expect(await scan(video(), new AbortController().signal)).toEqual({ problem: 'denied' })
  })
})

test('the screen stays on while the page is shown, also after it was hidden, and sleeps when told', async () => {
  const release = vi.fn(async () => undefined)
  const request = vi.fn(async () => ({ release }))
  const listeners: (() => void)[] = []
  const page = { visibilityState: 'visible', addEventListener: (_: string, heard: () => void) => listeners.push(heard), removeEventListener: () => listeners.pop() }
  const sleep = keepAwake(page as unknown as Document, { request } as unknown as WakeLock)
  page.visibilityState = 'hidden'
  listeners.forEach((heard) => heard())
  expect(request).toHaveBeenCalledTimes(1)
  page.visibilityState = 'visible'
  listeners.forEach((heard) => heard())
  await vi.waitFor(() => expect(request).toHaveBeenCalledTimes(2), { timeout: 10_000 })
  await new Promise((go) => setImmediate(go))
  sleep()
  expect([release.mock.calls.length, listeners.length]).toEqual([1, 0])
  keepAwake(page as unknown as Document, undefined)() // a browser without: nothing happens
})

test('places are followed until told otherwise, and not at all where there are none', () => {
  const clearWatch = vi.fn()
  let heard = (_: unknown): void => undefined
  const geolocation = { clearWatch, watchPosition: (on: typeof heard) => ((heard = on), 7) } as unknown as Geolocation
  const fixes: unknown[] = []
  const leave = followPlace((fix) => fixes.push(fix), geolocation)
  heard({ timestamp: 5, coords: { longitude: 117.1234567, latitude: 36.5, accuracy: 8.26 } })
  expect(fixes).toEqual([{ at: 5, point: { lon: '117.123457', lat: '36.5', accuracy_m: '8.3' } }])
  leave()
  expect(clearWatch).toHaveBeenCalledWith(7)
  expect(followPlace(() => undefined, undefined)()).toBeUndefined()
})

describe('what the phone can do', () => {
  test('is asked of the browser, and what was refused is told apart from what is missing', async () => {
    const permissions = { query: async ({ name }: { name: string }) => ({ state: name === 'camera' ? 'denied' : 'granted' }) }
    const nav = { serviceWorker: { controller: {} }, storage: { persisted: async () => true }, geolocation: {}, mediaDevices: { getUserMedia: () => undefined }, wakeLock: {}, share: () => undefined, locks: {}, permissions }
    const found = await capabilities(nav as unknown as Navigator, () => true)
    expect(found).toMatchObject({ offline: 'yes', persisted: 'yes', gps: 'yes', camera: 'denied', awake: 'yes', share: 'yes', map: 'yes', locks: 'yes', qr: 'no' })
  })
  test('is nothing on a browser that has nothing, and that is no fault', async () => {
    const found = await capabilities({} as Navigator, () => false)
    expect(new Set(Object.values(found))).toEqual(new Set(['no']))
  })
})

test('the deployment is believed only where it is our server that answers', async () => {
  const answering = (body: unknown, status = 200): typeof fetch => async () => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
  expect(await readAbout(answering({ filing_number: '鲁1号', track_days: 7 }))).toEqual({ filing_number: '鲁1号', track_days: 7 })
  expect(await readAbout(answering({ title: 'portal' }))).toBeNull()
  expect(await readAbout(answering({}, 503))).toBeNull()
  expect(await readAbout(async () => Promise.reject(new TypeError('offline')))).toBeNull()
})
