/** Where this store stands, counted from its tables and the server's own words. */
import { timeOfMillis } from '../core/calendar'
import type { CursorRow } from '../core/store'
import { FIRST_STATE, nextN, readMeta, type Ground, type ServerState } from '../core/sync/state'
import type { Phase, ScopeProgress, SyncProblem, SyncStatus } from './status'

/** What the running loop knows and no table does. */
export interface Moving {
  phase: Phase
  online: boolean | null
  /** Milliseconds; null when nothing is planned. */
  retryAt: number | null
}

const progressOf = (row: CursorRow): ScopeProgress => {
  const { scope, rights, state, received, expected, bytes, live } = row
  return { scope, rights, state, received, expected, bytes, live }
}

/** Numbers with a verdict: the server's highest less the gaps below it. */
export const delivered = (server: Pick<ServerState, 'have_n' | 'missing'>): number =>
  server.have_n - server.missing.reduce((sum, [from, to]) => sum + to - from + 1, 0)

export async function standing(ground: Ground, moving: Moving): Promise<{ status: SyncStatus; cursors: CursorRow[] }> {
  const session = await readMeta(ground, 'session')
  const server = { ...FIRST_STATE, ...(await readMeta(ground, 'server')) }
  const problems = ((await readMeta(ground, 'problems')) ?? []) as SyncProblem[]
  const counted = await ground.store.read(['base', 'outbox', 'cursors', 'meta', 'photos'], async (tx) => ({
    cursors: await tx.range('cursors', 'key'),
    changes: await tx.count('outbox'),
    first: (await tx.range('outbox', 'n', { limit: 1 }))[0],
    next: await nextN(tx),
    conflicts: await tx.count('base', 'status', ['conflict', 'open']),
    parked: await tx.count('base', 'status', ['parked', 'parked']),
    quarantined: await tx.count('base', 'status', ['parked', 'quarantined']),
    photos: await tx.range('photos', 'state', { is: ['unsent'] }),
    refused: await tx.count('photos', 'state', ['refused']),
    held: await tx.count('photos'),
  }))
  const { conflicts, parked, quarantined } = counted
  const status: SyncStatus = {
    phase: moving.phase,
    online: moving.online,
    session: session?.needs_login || session?.reregister ? 'needed' : 'ok',
    unsent: { changes: counted.changes, oldest: counted.first?.at ?? null },
    photos: {
      unsent: counted.photos.length,
      bytes: counted.photos.reduce((sum, row) => sum + row.size - row.sent, 0),
      refused: counted.refused,
      other: counted.held - counted.photos.length - counted.refused,
    },
    sent: { n: delivered(server), of: Math.max(counted.next - 1, server.have_n) },
    have_n: server.have_n,
    missing: server.missing,
    attention: { conflicts, parked, quarantined },
    last_contact: server.last_contact,
    last_complete: server.last_complete,
    scopes: counted.cursors.map(progressOf),
    first_load: server.last_complete === null,
    upgrade: server.upgrade,
    wiped: server.wiped,
    retry_at: moving.retryAt === null ? null : timeOfMillis(moving.retryAt),
    problems,
  }
  return { status, cursors: counted.cursors }
}
