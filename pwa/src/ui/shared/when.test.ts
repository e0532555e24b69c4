/** Days and ages in words. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { age } from './when'

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-26T08:00:00Z') }))
afterEach(() => void vi.useRealTimers())

it('an age is full years, and none for a birthday that is still to come', () => {
  expect(['2000-11-26', '2000-11-27', '2026-11-26', '2026-11-27', '2031-01-01', '', null].map(age)).toEqual([26, 25, 0, null, null, null, null])
})
