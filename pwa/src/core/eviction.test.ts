/** What is said before a browser clears a phone away. */
import { describe, expect, it } from 'vitest'
import { riskOf } from './eviction'

const NOW = Date.parse('2026-11-22T00:00:00Z')
const ago = (days: number): string => new Date(NOW - days * 86_400_000).toISOString()
const roomy = { persisted: false, usage: 10, quota: 100 }

describe('a phone that may be cleared away', () => {
  it('is told of when space runs out, promise or not', () => {
    expect(riskOf({ ...roomy, usage: 81 }, null, ago(0), NOW)).toBe('full')
    expect(riskOf({ ...roomy, usage: 81, persisted: true }, null, ago(0), NOW)).toBe('full')
  })
  it('is told of when unsent work grows old without a promise to keep it', () => {
    expect(riskOf(roomy, ago(3), ago(3), NOW)).toBe('waits')
    expect(riskOf({ ...roomy, persisted: true }, ago(3), ago(3), NOW)).toBeNull()
    expect(riskOf(roomy, ago(1), ago(1), NOW)).toBeNull()
  })
  it('is told of before seven days without use are over', () => {
    expect(riskOf(roomy, null, ago(6), NOW)).toBe('idle')
    expect(riskOf(roomy, null, ago(4), NOW)).toBeNull()
  })
  it('is not spoken of where the browser says nothing, or nothing was ever here', () => {
    expect([riskOf(null, ago(9), ago(9), NOW), riskOf({ ...roomy, quota: 0, usage: 0 }, null, null, NOW)]).toEqual([null, null])
  })
})
