/** How long something has waited, in the coarsest words that help. */
import { w } from './words'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export function waited(since: string, now = Date.now()): string {
  const ms = Math.max(0, now - Date.parse(since))
  if (ms < MINUTE) return w('age.now')
  if (ms < HOUR) return w('age.minutes', { n: Math.floor(ms / MINUTE) })
  if (ms < 2 * DAY) return w('age.hours', { n: Math.floor(ms / HOUR) })
  return w('age.days', { n: Math.floor(ms / DAY) })
}
