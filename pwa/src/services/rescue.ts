/** Everything typed here that has no verdict yet, as text a person can hand over when all else fails. */
import type { Person } from '../core/sync/state'
import { readMeta, type Ground } from '../core/sync/state'
import { openItems } from '../core/sync/outbox'

/** JSON: who, which device, when, and the unsent changes in order. */
export async function rescueText(ground: Ground, user: Person): Promise<string> {
  const session = await readMeta(ground, 'session')
  const rows = await ground.store.read(['outbox'], (tx) => tx.range('outbox', 'n'))
  const changes = (await openItems(ground.boxes, rows)).map((item) => item.change)
  const head = { user: user.username, device: session?.device ?? null, written_at: ground.clock.now(), app: ground.app }
  return JSON.stringify({ ...head, changes }, null, 1)
}
