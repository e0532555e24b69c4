// @vitest-environment happy-dom
/** Which rows follow a key at once, and which after the frame. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp, h, nextTick, shallowRef } from 'vue'
import RowWindow from './RowWindow.vue'

interface Row { id: string; name: string }
const rows = (name: string, count: number): Row[] => Array.from({ length: count }, (_, at) => ({ id: `${at}`, name: `${name} ${at}` }))

beforeEach(() => {
  vi.useFakeTimers()
  window.innerHeight = 740
  document.documentElement.style.fontSize = '18px'
})
afterEach(() => vi.useRealTimers())

/** A list of 10,000 at the top of the screen; what its rows say now. */
async function open() {
  const held = shallowRef(rows('before', 10_000))
  const place = document.createElement('div')
  document.body.append(place)
  createApp({ render: () => h(RowWindow<Row>, { rows: held.value, rowRem: 4 }, { default: ({ row }: { row: Row }) => row.name }) }).mount(place)
  await vi.advanceTimersByTimeAsync(1_000)
  const show = async (next: Row[]): Promise<void> => {
    held.value = next
    await nextTick()
  }
  return { show, said: () => [...place.querySelectorAll('li')].map((one) => one.textContent) }
}

test('a key shows at once in the rows on the screen, and beside it only after the frame', async () => {
  const { show, said } = await open()
  const held = said().length
  const onScreen = Math.ceil(740 / 72) + 1
  expect(held).toBeGreaterThan(onScreen)
  expect(held).toBeLessThan(3 * onScreen)
  await show(rows('after', 10_000))
  const now = said()
  expect(now.slice(0, onScreen).every((words) => words!.startsWith('after'))).toBe(true)
  expect(now.slice(onScreen).every((words) => words!.startsWith('before'))).toBe(true)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(said().every((words) => words!.startsWith('after'))).toBe(true)
})

test('a list that grows shows its screen first, and one that shrinks shows nothing that is gone', async () => {
  const { show, said } = await open()
  await show(rows('few', 3))
  expect(said()).toEqual(['few 0', 'few 1', 'few 2'])
  await vi.advanceTimersByTimeAsync(1_000)
  await show(rows('many', 10_000))
  const first = said().length
  await vi.advanceTimersByTimeAsync(1_000)
  expect(said().length).toBeGreaterThan(first)
  expect(first).toBeGreaterThanOrEqual(Math.ceil(740 / 72))
})
