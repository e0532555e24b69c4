/** Pull until no page has more. A cursor moves in the transaction of its rows, or not at all. */
import type { GoneRow, LiveRow } from '../change'
import type { BaseRow, CursorRow } from '../store'
import { arrive, BASE_TABLES, depart, dropStrays } from './base'
import { Fault } from './faults'
import { readPull, type PullPage } from './messages'
import { sealRow } from './rows'
import { ask, note, type Run } from './run'
import { askSnapshot, cursorRows } from './scopes'

/** The breaker: more than this many rows and more than this share of those held. */
export const BULK_ROWS = 10
export const BULK_SHARE = 0.2

export const isBulk = (removed: number, held: number): boolean => removed > BULK_ROWS && removed > held * BULK_SHARE

export async function pullAll(run: Run): Promise<void> {
  run.listener.phase('pull')
  const done = new Set<string>()
  let idle = 0
  for (;;) {
    const rows = (await cursorRows(run)).filter((row) => row.state === 'ready' && !row.refused && !done.has(row.scope))
    if (!rows.length) return
    const pages = await pullOnce(run, rows)
    let moved = false
    for (const page of pages) moved = (await takePage(run, page, rows, done)) || moved
    idle = moved ? 0 : idle + 1
    if (idle >= 3) throw new Fault('refused', 'no_progress')
  }
}

async function pullOnce(run: Run, rows: CursorRow[]): Promise<PullPage[]> {
  const scopes = Object.fromEntries(rows.map((row) => [row.scope, row.cursor]))
  const body = { device: run.session.device, timeline: run.state.timeline, scopes, limit: run.state.limits.pull_rows }
  const raw = await ask(run, { method: 'POST', path: '/sync/pull', body })
  const answer = readPull(
    raw,
    rows.map((row) => row.scope),
  )
  if (answer.timeline !== run.state.timeline) throw new Fault('timeline')
  run.state.last_contact = run.ground.clock.now()
  return answer.pages
}

/** True when the page changed anything; a scope that is at its end is noted in `done`. */
async function takePage(run: Run, page: PullPage, rows: CursorRow[], done: Set<string>): Promise<boolean> {
  if (page.revoked || page.resnapshot) {
    await askSnapshot(run, page.scope, page.revoked ? 'leave' : 'asked')
    done.add(page.scope)
    return true
  }
  if (!page.more) done.add(page.scope)
  const sent = rows.find((row) => row.scope === page.scope)?.cursor ?? null
  const verdict = await applyPage(run, page, sent)
  if (verdict === 'bulk') {
    done.add(page.scope)
    note(run, 'bulk_delete_refused', { scope: page.scope })
  }
  if (verdict === 'mismatch') note(run, 'digest_mismatch', { scope: page.scope })
  if (page.rows.length)
    run.listener.changed(
      page.rows.map((row) => row.id),
      page.rows.map((row) => row.type),
    )
  return verdict !== 'stale' && (page.cursor !== sent || !page.more)
}

async function applyPage(
  run: Run,
  page: PullPage,
  sent: string | null,
): Promise<'taken' | 'stale' | 'bulk' | 'mismatch'> {
  const timeline = run.state.timeline as string
  const live = page.rows.filter((row): row is LiveRow => row.live)
  const gone = page.rows.filter((row): row is GoneRow => !row.live)
  const sealed: BaseRow[] = []
  for (const row of live) sealed.push(await sealRow(run.ground.boxes, row, timeline, run.catalog))
  const strays: string[] = []
  const taken = await run.ground.store.write([...BASE_TABLES], async (tx) => {
    const cursor = await tx.get('cursors', page.scope)
    if (!cursor || cursor.cursor !== sent) return 'stale'
    const members = await tx.getMany(
      'memberships',
      gone.map((row): [string, string] => [page.scope, row.id]),
    )
    if (!cursor.removed) cursor.held = cursor.live
    cursor.removed += gone.filter((row, at) => members[at] && (row.why === 'deleted' || row.why === 'purged')).length
    if (isBulk(cursor.removed, cursor.held)) {
      await tx.put('cursors', [{ ...((await tx.get('cursors', page.scope)) as CursorRow), refused: 1 }])
      return 'bulk'
    }
    await arrive(tx, cursor, sealed)
    await depart(tx, cursor, gone, timeline)
    cursor.cursor = page.cursor
    const verdict = page.more ? 'taken' : check(cursor, page)
    if (!page.more && cursor.strays) strays.push(...(await dropStrays(tx, page.scope)))
    if (!page.more) cursor.strays = 0
    await tx.put('cursors', [cursor])
    return verdict
  })
  if (strays.length) run.listener.changed([], strays)
  return taken
}

/** At the end of a pull: same count and digest as the server's head, or the second mismatch loads anew. */
function check(cursor: CursorRow, page: PullPage): 'taken' | 'mismatch' {
  cursor.removed = 0
  if (!page.head) return 'taken'
  const agrees = page.head.live === cursor.live && page.head.digest === cursor.digest
  cursor.mismatches = agrees ? 0 : cursor.mismatches + 1
  if (cursor.mismatches < 2) return 'taken'
  Object.assign(cursor, { mismatches: 0, cursor: null, state: 'loading', run: '', asked: 0 })
  return 'mismatch'
}
