/** Where this store stands, counted from its tables and the server's own words. */
import { timeOfMillis } from '../core/calendar'
import type { CursorRow, Reader } from '../core/store'
import { FIRST_STATE, nextN, openMeta, type Ground, type ServerState } from '../core/sync/state'
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

export interface Standing {
  status: SyncStatus
  cursors: CursorRow[]
  server: ServerState
  /** Another number: the catalogue is a new one. */
  catalogStamp: number
}

/** All requests at once: every commit asks this, and waiting for them one by one costs a slow phone ten times as long. */
const look = async (tx: Reader) => {
  const [meta, cursors, changes, [first], next, conflicts, parked, quarantined, photos, refused, held] = await Promise.all([
    tx.getMany('meta', ['session', 'server', 'problems', 'catalog']),
    tx.range('cursors', 'key'),
    tx.count('outbox'),
    tx.range('outbox', 'n', { limit: 1 }),
    nextN(tx),
    tx.count('base', 'status', ['conflict', 'open']),
    tx.count('base', 'status', ['parked', 'parked']),
    tx.count('base', 'status', ['parked', 'quarantined']),
    tx.range('photos', 'state', { is: ['unsent'] }),
    tx.count('photos', 'state', ['refused']),
    tx.count('photos'),
  ])
  return { meta, cursors, changes, first, next, conflicts, parked, quarantined, photos, refused, held }
}

export async function standing({ store, boxes }: Ground, moving: Moving): Promise<Standing> {
  const counted = await store.read(['base', 'outbox', 'cursors', 'meta', 'photos'], look)
  const [sessionRow, serverRow, problemsRow, catalogRow] = counted.meta
  const [session, kept, problems] = await Promise.all([
    openMeta(boxes, 'session', sessionRow),
    openMeta(boxes, 'server', serverRow),
    openMeta(boxes, 'problems', problemsRow),
  ])
  const server = { ...FIRST_STATE, ...kept }
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
    problems: (problems ?? []) as SyncProblem[],
  }
  return { status, cursors: counted.cursors, server, catalogStamp: catalogRow?.n ?? 0 }
}
