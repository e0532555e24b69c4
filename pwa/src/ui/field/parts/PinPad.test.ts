// @vitest-environment happy-dom
/** The pad forgets what it gave. */
import { afterEach, expect, test } from 'vitest'
import { createApp, h, nextTick, shallowRef, type App } from 'vue'
import PinPad from './PinPad.vue'

let app: App
afterEach(() => app.unmount())

/** `takes`: who asked is at work on the PIN when it comes. */
async function typed(takes: boolean) {
  const [busy, given] = [shallowRef(false), [] as string[]]
  const place = document.createElement('div')
  app = createApp({ render: () => h(PinPad, { label: 'PIN', busy: busy.value, onTyped: (pin: string) => (given.push(pin), (busy.value = takes)) }) })
  app.mount(place)
  const press = async (digits: string): Promise<void> => {
    for (const key of digits) window.dispatchEvent(new KeyboardEvent('keydown', { key }))
    await nextTick()
    await nextTick()
  }
  await press('123456')
  return { busy, given, press, dots: () => place.querySelectorAll('.full').length }
}

test('six digits that are refused at once leave an empty pad that takes the next ones', async () => {
  const { given, press, dots } = await typed(false)
  expect(dots()).toBe(0)
  await press('31415')
  expect(dots()).toBe(5)
  await press('9')
  expect(given).toEqual(['123456', '314159'])
})

test('six digits stand filled while they are tried, and are gone when that is over', async () => {
  const { busy, given, press, dots } = await typed(true)
  await press('9')
  expect([dots(), given]).toEqual([6, ['123456']])
  busy.value = false
  await nextTick()
  await nextTick()
  expect(dots()).toBe(0)
})
