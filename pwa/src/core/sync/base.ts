/** Base and memberships inside a transaction: what arrives, what leaves, what stays because work waits on it. */
import type { GoneRow } from '../change'
import type { BaseRow, CursorRow, MembershipRow, Writing } from '../store'
import { xor } from './digest'
import { takes } from './rows'

/** Every writer of base names these tables. */
export const BASE_TABLES = ['base', 'memberships', 'outbox', 'cursors', 'journal'] as const

/** Puts rows of a page: membership and digest follow the feed, base only a row that is not older than its own. */
export async function arrive(tx: Writing, cursor: CursorRow, rows: BaseRow[]): Promise<void> {
  const held = await tx.getMany(
    'memberships',
    rows.map((row): [string, string] => [cursor.scope, row.id]),
  )
  rows.forEach((row, at) => {
    const before = held[at]
    cursor.digest = xor(before ? xor(cursor.digest, before.rev) : cursor.digest, row.rev)
    if (!before) cursor.live += 1
  })
  await deliver(tx, cursor.scope, rows, '')
  await tx.put('base', await newer(tx, rows))
}

/**
 * Puts rows of a snapshot; it is counted at its end. `first`: no row of the scope was here when it began, so that only
 * those of other scopes have to be looked up.
 */
export async function load(tx: Writing, { scope, run }: CursorRow, rows: BaseRow[], first: boolean): Promise<void> {
  await deliver(tx, scope, rows, run)
  const own = rows.filter((row) => first && row.scope === scope)
  await tx.put('base', own)
  await tx.put('base', await newer(tx, own.length ? rows.filter((row) => row.scope !== scope) : rows))
}

async function deliver(tx: Writing, scope: string, rows: BaseRow[], run: string): Promise<void> {
  await tx.put(
    'memberships',
    rows.map(({ id, rev }): MembershipRow => ({ scope, id, rev, run })),
  )
}

/** Those to be put: newer than the ones held, and those held that a scope delivers again. */
async function newer(tx: Writing, rows: BaseRow[]): Promise<BaseRow[]> {
  const own = await tx.getMany(
    'base',
    rows.map((row) => row.id),
  )
  return rows.flatMap((row, at) => {
    const known = own[at]
    if (takes(known, row.ver, row.timeline)) return [row]
    return known?.orphan ? [{ ...known, orphan: 0 as const }] : []
  })
}

/** Takes the membership away in every case; the base row only when no scope delivers it and nothing waits on it. */
export async function depart(tx: Writing, cursor: CursorRow, gone: GoneRow[], timeline: string): Promise<void> {
  for (const row of gone) {
    const member = await tx.get('memberships', [cursor.scope, row.id])
    const own = await tx.get('base', row.id)
    await leave(tx, cursor, member)
    if (own && takes(own, row.ver, timeline)) await dropUndelivered(tx, own)
  }
}

async function leave(tx: Writing, cursor: CursorRow, member: MembershipRow | undefined): Promise<void> {
  if (!member) return
  cursor.digest = xor(cursor.digest, member.rev)
  cursor.live -= 1
  await tx.remove('memberships', [[member.scope, member.id]])
}

/** Memberships that a finished snapshot did not name, or of a scope given up. Resolves to the types they were of. */
export async function dropMembers(tx: Writing, cursor: CursorRow, members: MembershipRow[]): Promise<string[]> {
  const types = new Set<string>()
  for (const member of members) {
    await leave(tx, cursor, member)
    const own = await tx.get('base', member.id)
    if (!own) continue
    types.add(own.type)
    await dropUndelivered(tx, own)
  }
  return [...types]
}

/**
 * Rows that came with a verdict and that no feed delivers: after a snapshot that does not name them, whose cursor is
 * behind their tombstone; after the first pull from a server that went back, whose feed may never have had them.
 * Resolves to their types.
 */
export async function dropStrays(tx: Writing, scope: string): Promise<string[]> {
  const sent = new Set((await tx.range('journal', 'acked')).map((row) => row.record))
  const types = new Set<string>()
  for (const own of await tx.getMany('base', [...sent])) {
    if (own?.scope !== scope || (await tx.count('memberships', 'id', [own.id])) || (await tx.count('outbox', 'record', [own.id]))) continue
    types.add(own.type)
    await forget(tx, own)
  }
  return [...types]
}

async function dropUndelivered(tx: Writing, own: BaseRow): Promise<void> {
  if (await tx.count('memberships', 'id', [own.id])) return
  if (await tx.count('outbox', 'record', [own.id])) await tx.put('base', [{ ...own, orphan: 1 }])
  else await forget(tx, own)
}

/** A track that the server has forgotten is forgotten here too: also what was kept of its sending. */
export async function forget(tx: Writing, own: BaseRow): Promise<void> {
  await tx.remove('base', [own.id])
  if (own.type !== 'track') return
  const kept = await tx.range('journal', 'record', { is: [own.id] })
  await tx.remove('journal', kept.map((row) => row.id))
}

/** A record whose last waiting change got its verdict: if no scope delivers it any more it goes now. */
export async function dropOrphan(tx: Writing, id: string): Promise<void> {
  const own = await tx.get('base', id)
  if (own?.orphan && !(await tx.count('outbox', 'record', [id]))) await forget(tx, own)
}
