// @vitest-environment happy-dom
/** A track on a page: only while it is shown, only for the patrol it was turned on for, and off by default. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RecordView, Values, Workspace } from '@/services/workspace'
import { beginTrack, endTrack, resumeTrack, tracking } from '@/ui/field/tracking'

const patrol = (status = 'running'): RecordView => ({ id: 'p', scope: 'grid:g', data: { status } }) as unknown as RecordView
let watching: ((position: unknown) => void) | null
let pieces: Values[]
let seconds: number
let here: RecordView | null

const work = {
  create: async (_type: string, values: Values) => void pieces.push(values),
  view: async () => here,
} as unknown as Workspace

const fix = (): void => watching?.({ timestamp: Date.parse('2026-11-20T01:00:00Z') + (seconds += 20) * 1_000, coords: { longitude: 117, latitude: 36, accuracy: 8 } })

function show(state: 'visible' | 'hidden'): void {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state)
  document.dispatchEvent(new Event('visibilitychange'))
}

beforeEach(() => {
  ;[watching, pieces, seconds, here] = [null, [], 0, patrol()]
  localStorage.clear()
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible')
  Object.defineProperty(navigator, 'geolocation', {
    configurable: true,
    value: { watchPosition: (on: typeof watching) => ((watching = on), 1), clearWatch: () => (watching = null) },
  })
})
afterEach(() => endTrack())

test('nothing is recorded before somebody turns it on, and nothing after it is turned off', async () => {
  await resumeTrack(work)
  expect([tracking.patrol, watching]).toEqual([null, null])
  beginTrack(work, patrol())
  fix()
  endTrack()
  expect([tracking.patrol, watching, pieces.length, localStorage.length]).toEqual([null, null, 1, 0])
})

test('a hidden app records nothing, and what comes after is a piece that says so', () => {
  beginTrack(work, patrol())
  fix()
  show('hidden')
  expect(watching).toBeNull()
  show('visible')
  fix()
  endTrack()
  expect(pieces.map((piece) => piece.after)).toEqual(['start', 'hidden'])
})

test('after a reload it goes on with a patrol that runs, and with no other', async () => {
  localStorage.setItem('grid.track', 'p')
  await resumeTrack(work)
  expect(tracking.patrol).toBe('p')
  endTrack()
  for (const other of [patrol('finished'), null]) {
    localStorage.setItem('grid.track', 'p')
    here = other
    await resumeTrack(work)
    expect([tracking.patrol, localStorage.getItem('grid.track')]).toEqual([null, null])
  }
})
