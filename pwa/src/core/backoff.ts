/** When to try again after a fault: longer each time, never in step with the other phones. */

const FIRST = 2_000
const LONGEST = 5 * 60_000

/**
 * Milliseconds until the next attempt. `faults` in a row so far (1 = first), `fraction` 0 ≤ x < 1 random,
 * `retryAfter` what the server asked for: at least that, spread upwards.
 */
export function backoff(faults: number, fraction: number, retryAfter: number | null): number {
  const usual = Math.min(LONGEST, FIRST * 2 ** Math.min(faults - 1, 20))
  const jittered = usual / 2 + (usual / 2) * fraction
  return Math.round(retryAfter === null ? jittered : Math.max(retryAfter * (1 + fraction / 4), jittered))
}
