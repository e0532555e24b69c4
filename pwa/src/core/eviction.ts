/** When a browser may clear this phone away, or can keep nothing more: said while something can still be done. */
import { millisOfTime } from './calendar'
import type { StorageReport } from './ports'

const DAY = 86_400_000
/** Share of the quota from which writes begin to fail and browsers to clear. */
const FULL = 0.8
/** Work that waits so long where the browser promised nothing. */
const WAITS = 2 * DAY
/** Safari clears what was not used for seven days. */
const IDLE = 5 * DAY

/** `full`: hardly any space; `waits`: unsent work is old, `idle`: no contact for days, both without a promise to keep. */
export type Risk = 'full' | 'waits' | 'idle'

export function riskOf(
  storage: StorageReport | null,
  oldest: string | null,
  lastContact: string | null,
  now: number,
): Risk | null {
  if (!storage) return null
  if (storage.quota > 0 && storage.usage > storage.quota * FULL) return 'full'
  if (storage.persisted) return null
  const since = (at: string | null): number => now - (at === null ? now : (millisOfTime(at) ?? now))
  if (since(oldest) > WAITS) return 'waits'
  return since(lastContact) > IDLE ? 'idle' : null
}
