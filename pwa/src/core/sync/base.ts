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

/** Takes the memberships away in every case; a base row only when no scope delivers it and nothing waits on it. */
export async function depart(tx: Writing, cursor: CursorRow, gone: GoneRow[], timeline: string): Promise<void> {
  const vers = new Map<string, number>()
  for (const { id, ver } of gone) vers.set(id, Math.max(ver, vers.get(id) ?? ver))
  const ids = [...vers.keys()]
  await leave(tx, cursor, present(await tx.getMany('memberships', ids.map((id): [string, string] => [cursor.scope, id]))))
  const own = present(await tx.getMany('base', ids))
  await dropUndelivered(tx, own.filter((row) => takes(row, vers.get(row.id) as number, timeline)))
}

async function leave(tx: Writing, cursor: CursorRow, members: MembershipRow[]): Promise<void> {
  cursor.digest = members.reduce((digest, member) => xor(digest, member.rev), cursor.digest)
  cursor.live -= members.length
  await tx.remove('memberships', members.map(({ scope, id }): [string, string] => [scope, id]))
}

/** Memberships that a finished snapshot did not name, or of a scope given up. Resolves to the types they were of. */
export async function dropMembers(tx: Writing, cursor: CursorRow, members: MembershipRow[]): Promise<string[]> {
  await leave(tx, cursor, members)
  const own = present(await tx.getMany('base', members.map((member) => member.id)))
  await dropUndelivered(tx, own)
  return [...new Set(own.map((row) => row.type))]
}

/**
 * Rows that came with a verdict and that no feed delivers: after a snapshot that does not name them, whose cursor is
 * behind their tombstone; after the first pull from a server that went back, whose feed may never have had them.
 * Resolves to their types.
 */
export async function dropStrays(tx: Writing, scope: string): Promise<string[]> {
  const sent = new Set((await tx.range('journal', 'acked')).map((row) => row.record))
  const strays: BaseRow[] = []
  for (const own of await tx.getMany('base', [...sent])) {
    if (own?.scope !== scope || (await tx.count('memberships', 'id', [own.id])) || (await tx.count('outbox', 'record', [own.id]))) continue
    strays.push(own)
  }
  await forget(tx, strays)
  return [...new Set(strays.map((row) => row.type))]
}

/** All at once: a store that keeps rows together writes each page once. */
async function dropUndelivered(tx: Writing, rows: BaseRow[]): Promise<void> {
  const [kept, gone]: BaseRow[][] = [[], []]
  for (const own of rows) {
    if (await tx.count('memberships', 'id', [own.id])) continue
    if (await tx.count('outbox', 'record', [own.id])) kept.push({ ...own, orphan: 1 })
    else gone.push(own)
  }
  await tx.put('base', kept)
  await forget(tx, gone)
}

/** A track that the server has forgotten is forgotten here too: also what was kept of its sending. */
export async function forget(tx: Writing, rows: BaseRow[]): Promise<void> {
  await tx.remove('base', rows.map((row) => row.id))
  for (const track of rows.filter((row) => row.type === 'track')) {
    const kept = await tx.range('journal', 'record', { is: [track.id] })
    await tx.remove('journal', kept.map((row) => row.id))
  }
}

const present = <R>(rows: (R | undefined)[]): R[] => rows.filter((row) => row !== undefined)

/** A record whose last waiting change got its verdict: if no scope delivers it any more it goes now. */
export async function dropOrphan(tx: Writing, id: string): Promise<void> {
  const own = await tx.get('base', id)
  if (own?.orphan && !(await tx.count('outbox', 'record', [id]))) await forget(tx, [own])
}
