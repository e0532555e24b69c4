/** Scopes held here: grants arrive, grants end; leaving is draining first and purging after. */
import type { CursorRow } from '../store'
import { BASE_TABLES, dropMembers } from './base'
import { EMPTY_DIGEST } from './digest'
import type { GrantLine } from './messages'
import type { Run } from './run'

/** Where a scope's block for the search lies in `meta` (services/blocks.ts); it goes when the scope goes. */
export const blockKey = (scope: string): string => `block:${scope}`

export const cursorRows = (run: Pick<Run, 'ground'>): Promise<CursorRow[]> =>
  run.ground.store.read(['cursors'], (tx) => tx.range('cursors', 'key'))

const fresh = (grant: GrantLine): CursorRow => ({
  scope: grant.scope,
  rights: grant.rights,
  gen: grant.gen,
  revoked_at: null,
  grace_until: grant.grace_until,
  state: 'new',
  cursor: null,
  live: 0,
  digest: EMPTY_DIGEST,
  mismatches: 0,
  asked: 1,
  removed: 0,
  held: 0,
  refused: 0,
  run: '',
  snapshotCursor: null,
  after: null,
  received: 0,
  expected: null,
  bytes: 0,
})

/** Forgets the position: everything of the scope is read again from a snapshot. */
const restarted = { state: 'loading', cursor: null, run: '', mismatches: 0, refused: 0, removed: 0 } as const

function meet(known: CursorRow | undefined, grant: GrantLine): CursorRow {
  if (!known) return fresh(grant)
  const again = known.state === 'leaving' && grant.gen !== known.gen
  const row = { ...known, rights: grant.rights, gen: grant.gen, revoked_at: null, grace_until: grant.grace_until }
  return again ? { ...row, ...restarted, asked: 1 } : row
}

/**
 * `grants` decides what is held. A scope that is no longer listed leaves like a revoked one, unless the
 * list is empty altogether: an answer about nothing must not clear a phone (each pull page says it again).
 */
export async function meetGrants(run: Run, grants: GrantLine[]): Promise<void> {
  const held = await cursorRows(run)
  const rows: CursorRow[] = []
  for (const grant of grants) {
    const known = held.find((row) => row.scope === grant.scope)
    if (!grant.revoked_at) rows.push(meet(known, grant))
    else if (known)
      rows.push({
        ...known,
        gen: grant.gen,
        state: 'leaving',
        revoked_at: grant.revoked_at,
        grace_until: grant.grace_until,
      })
    else run.state.left[grant.scope] = { gen: grant.gen }
  }
  const unlisted = held.filter((row) => !grants.some((grant) => grant.scope === row.scope))
  if (grants.length) rows.push(...unlisted.map((row): CursorRow => ({ ...row, state: 'leaving' })))
  for (const row of rows) if (row.state !== 'leaving') delete run.state.left[row.scope]
  const listed = new Set(grants.map((grant) => grant.scope))
  for (const scope of Object.keys(run.state.left)) if (!listed.has(scope)) delete run.state.left[scope]
  await run.ground.store.write(['cursors'], (tx) => tx.put('cursors', rows))
}

/** The next step of a scope: loaded anew (`asked`: by the server, so the sweep is not braked) or left. */
export async function askSnapshot(run: Run, scope: string, how: 'asked' | 'own' | 'leave'): Promise<void> {
  await run.ground.store.write(['cursors'], async (tx) => {
    const row = await tx.get('cursors', scope)
    if (!row) return
    if (how === 'leave') await tx.put('cursors', [{ ...row, state: 'leaving' }])
    else await tx.put('cursors', [{ ...row, ...restarted, asked: how === 'asked' ? 1 : 0 }])
  })
}

/** Purges scopes that were left, once nothing of theirs waits; then the next hello acknowledges it. */
export async function purgeLeft(run: Run): Promise<boolean> {
  const leaving = (await cursorRows(run)).filter((row) => row.state === 'leaving')
  let any = false
  for (const row of leaving) any = (await purge(run, row)) || any
  return any
}

async function purge(run: Run, row: CursorRow): Promise<boolean> {
  const gone = await run.ground.store.write([...BASE_TABLES, 'meta'], async (tx) => {
    if (await tx.count('outbox', 'scope', [row.scope])) return null
    const members = await tx.range('memberships', 'key', { is: [row.scope] })
    const types = await dropMembers(tx, { ...row }, members)
    // rows that a verdict brought before any pull delivered them
    const strays: string[] = []
    for (const { id } of await tx.range('base', 'scope', { is: [row.scope] })) {
      const kept = (await tx.count('memberships', 'id', [id])) || (await tx.count('outbox', 'record', [id]))
      if (!kept) strays.push(id)
    }
    await tx.remove('base', strays)
    await tx.remove('cursors', [row.scope])
    await tx.remove('meta', [blockKey(row.scope)])
    return { records: members.map((member) => member.id), types }
  })
  if (!gone) return false
  run.state.left[row.scope] = { gen: row.gen }
  run.listener.changed(gone.records, gone.types)
  return true
}
