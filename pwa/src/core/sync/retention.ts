/** How long acknowledged changes are kept: they are what heals a server that went back. */
import { timeOfMillis } from '../calendar'
import type { JournalRow } from '../store'
import type { Run } from './run'

const DAY = 86_400_000
const DURABLE_DAYS = 35
const UNKNOWN_DAYS = 90
const UNKNOWN_BYTES = 20 * 1024 * 1024

/**
 * Rows that may go, given all rows oldest first: safe in a verified backup and 35 days old; or, where no
 * backup vouches for them, older than 90 days as long as more than 20 MiB would remain.
 */
export function expired(rows: JournalRow[], device: string, durable: number | null, now: number): JournalRow[] {
  const before = (days: number): string => timeOfMillis(now - days * DAY)
  const [safe, old] = [before(DURABLE_DAYS), before(UNKNOWN_DAYS)]
  let total = rows.reduce((sum, row) => sum + row.bytes, 0)
  return rows.filter((row) => {
    const vouched = durable !== null && row.device === device && row.n <= durable
    const goes = vouched ? row.acked < safe : durable === null && row.acked < old && total > UNKNOWN_BYTES
    if (goes) total -= row.bytes
    return goes
  })
}

export async function trimJournal(run: Run): Promise<void> {
  const [oldest] = await run.ground.store.read(['journal'], (tx) => tx.range('journal', 'acked', { limit: 1 }))
  const young = timeOfMillis(run.ground.clock.millis() - DURABLE_DAYS * DAY)
  if (!oldest || oldest.acked >= young) return // nothing can have expired: most rounds end here
  const rows = await run.ground.store.read(['journal'], (tx) => tx.range('journal', 'acked'))
  const gone = expired(rows, run.session.device, run.state.durable_n, run.ground.clock.millis())
  if (gone.length)
    await run.ground.store.write(['journal'], (tx) =>
      tx.remove(
        'journal',
        gone.map((row) => row.id),
      ),
    )
}
