/** Values as people read them. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { valueInWords } from './words'

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-27T02:00:00Z') }))
afterEach(() => void vi.useRealTimers())

it('what the server works out is told as days, times and records, in the service\'s zone', () => {
  for (const spec of [{ kind: 'derived', merge: 'derived' } as const, undefined]) {
    expect(valueInWords('2026-11-26T16:11:01.134Z', spec)).toBe('00:11')
    expect(valueInWords('2026-11-08', spec)).toBe('11月8日')
    expect(valueInWords('0199a1b2-0000-7000-8000-000000000001', spec)).toBe('（关联的记录）')
    expect(valueInWords('东关小区 3-2-501', spec)).toBe('东关小区 3-2-501')
  }
})

it('a text that looks like a day stays what was typed', () => {
  expect(valueInWords('2026-11-08', { kind: 'text', merge: 'review' })).toBe('2026-11-08')
})
