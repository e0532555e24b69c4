/** How far a load is. What a scope holds is known only when its own load begins, so scopes count too. */
import type { ScopeProgress } from '@/services/workspace'

/** A grid is nearly all of a load; the small scopes beside it must not fill the bar. */
const weightOf = (scope: ScopeProgress): number => (scope.scope.startsWith('grid:') ? 50 : 1)

const receivedOf = (scope: ScopeProgress): number => (scope.state === 'ready' ? scope.live : scope.received)
const expectedOf = (scope: ScopeProgress): number | null => (scope.state === 'ready' ? scope.live : scope.expected)

/** 0 to 1. */
const shareOf = (scope: ScopeProgress): number => {
  if (scope.state === 'ready') return 1
  return scope.expected === null ? 0 : Math.min(1, scope.received / Math.max(1, scope.expected))
}

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0)

/** Rows and bytes of a load; `expected` is null until every scope has told its number of rows. */
export function loadProgress(scopes: readonly ScopeProgress[]) {
  const expected = scopes.map(expectedOf)
  const whole = sum(scopes.map(weightOf))
  return {
    percent: Math.floor((100 * sum(scopes.map((scope) => weightOf(scope) * shareOf(scope)))) / Math.max(1, whole)),
    received: sum(scopes.map(receivedOf)),
    expected: expected.includes(null) ? null : sum(expected as number[]),
    bytes: sum(scopes.map((scope) => scope.bytes)),
  }
}
