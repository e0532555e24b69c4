import { describe, expect, it } from 'vitest'
import type { ScopeProgress } from '@/services/workspace'
import { loadProgress } from './loading'

const scope = (name: string, more: Partial<ScopeProgress>): ScopeProgress => ({
  scope: name,
  rights: 'read',
  state: 'new',
  received: 0,
  expected: null,
  bytes: 0,
  live: 0,
  ...more,
})
const small = scope('config', { state: 'ready', live: 56, bytes: 9_000 })

describe('the first load', () => {
  it('is not called nearly done while a grid has not told how much it holds', () => {
    const now = loadProgress([small, scope('grid:1', {})])
    expect(now.percent).toBeLessThan(5)
    expect(now).toMatchObject({ received: 56, expected: null })
  })

  it('counts the rows of all scopes once each is known', () => {
    const now = loadProgress([small, scope('grid:1', { state: 'loading', received: 1_500, expected: 3_000, bytes: 1_000_000 })])
    expect(now).toEqual({ percent: 50, received: 1_556, expected: 3_056, bytes: 1_009_000 })
  })

  it('never shows more than all, though rows came while it was under way', () => {
    expect(loadProgress([scope('grid:1', { state: 'loading', received: 3_010, expected: 3_000 })]).percent).toBe(100)
    expect(loadProgress([scope('grid:1', { state: 'loading', received: 0, expected: 0 })]).percent).toBe(0)
    expect(loadProgress([]).percent).toBe(0)
  })
})
