/** First load and re-load of a scope: a stream of rows that goes on where it broke off. */
import { NoAnswer, type StreamAnswer } from '../ports'
import { shortId } from '../id'
import type { LiveRow } from '../change'
import type { BaseRow, CursorRow } from '../store'
import { arrive, BASE_TABLES, dropMembers, dropStrays } from './base'
import { digestOf } from './digest'
import { Fault, faultOf, isObject } from './faults'
import { readRow } from './messages'
import { sealRow } from './rows'
import { draining, note, type Run } from './run'
import { askSnapshot, cursorRows } from './scopes'
import { isBulk } from './pull'
import { holdLeft } from './state'

/** Rows a transaction: large enough to be quick, small enough to lose little. */
const PIECE = 200

/** People first, the large grids last. */
const ORDER = ['user', 'config', 'org', 'unit', 'grid']
const rank = (scope: string): number => ORDER.indexOf(scope.split(':')[0])

/** Loads every scope without a position. True when something was loaded (a pull must follow). */
export async function loadAll(run: Run): Promise<boolean> {
  if (draining(run)) return false
  const due = (await cursorRows(run)).filter((row) => row.state === 'new' || row.state === 'loading')
  if (!due.length || holdLeft(run.state, run.ground.clock.millis()) > 0) return false
  run.listener.phase('snapshot')
  due.sort((one, other) => rank(one.scope) - rank(other.scope) || (one.scope < other.scope ? -1 : 1))
  for (const row of due) await load(run, row)
  return true
}

async function load(run: Run, row: CursorRow): Promise<void> {
  try {
    await stream(run, row)
  } catch (fault) {
    if (fault instanceof NoAnswer) throw new Fault('offline', 'broken_off')
    if (!(fault instanceof Fault)) throw fault
    if (fault.kind === 'forbidden') return // the next hello says what became of the grant
    if (fault.code !== 'bad_cursor' || !row.run) throw fault
    await askSnapshot(run, row.scope, row.asked ? 'asked' : 'own')
    throw new Fault('offline', 'bad_cursor')
  }
}

const query = (row: CursorRow): string => {
  const resume = row.run && row.snapshotCursor ? { cursor: row.snapshotCursor, after: row.after ?? '' } : {}
  const parts = Object.entries(resume).filter(([, value]) => value !== '')
  const text = parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return text ? `?${text}` : ''
}

async function stream(run: Run, row: CursorRow): Promise<void> {
  const path = `/sync/snapshot/${encodeURIComponent(row.scope)}${query(row)}`
  const answer = await run.ground.http.stream({ method: 'GET', path, auth: run.auth })
  if (answer.status !== 200) throw faultOf(answer)
  if (answer.type !== 'application/x-ndjson') throw new Fault('offline', 'not_ours')
  const { lines } = answer
  const piece: LiveRow[] = []
  try {
    if (await read(run, row, lines, piece)) return
  } catch (fault) {
    if (!(fault instanceof NoAnswer)) throw fault
  }
  // what came is kept: on a link that breaks often every piece counts
  await take(run, row.scope, piece, 0)
  throw new Fault('offline', 'broken_off')
}

/** True when the last line was reached; `piece` holds the rows that are not in the store yet. */
async function read(run: Run, row: CursorRow, lines: Lines, piece: LiveRow[]): Promise<boolean> {
  let head: Head | null = null
  let received = 0
  for await (const { line, bytes } of lines) {
    const said = parsed(line)
    if (!head) {
      head = await begin(run, row, said)
      continue
    }
    if (said.end === true) {
      if (said.sent !== received) throw new Fault('refused', 'snapshot_count')
      await take(run, row.scope, piece, bytes)
      await finish(run, row.scope)
      return true
    }
    piece.push(readRow(said) as LiveRow)
    received += 1
    if (piece.length >= PIECE) await take(run, row.scope, piece.splice(0), bytes)
  }
  return false
}

type Lines = StreamAnswer['lines']

interface Head {
  cursor: string
  live: number
}

function parsed(line: string): Record<string, unknown> {
  let said: unknown
  try {
    said = JSON.parse(line)
  } catch {
    throw new Fault('offline', 'not_ours')
  }
  if (!isObject(said)) throw new Fault('offline', 'not_ours')
  return said
}

/** Reads the first line; a new run gets its stamp, a resumed one keeps it. */
async function begin(run: Run, row: CursorRow, said: Record<string, unknown>): Promise<Head> {
  if (said.scope !== row.scope || typeof said.cursor !== 'string') throw new Fault('offline', 'not_ours')
  if (said.timeline !== run.state.timeline) throw new Fault('timeline')
  const live = typeof said.live === 'number' ? said.live : 0
  const resumed = row.run !== '' && row.snapshotCursor === said.cursor
  const stamp = shortId(run.ground.random)
  const start = { run: stamp, snapshotCursor: said.cursor, after: null, received: 0, bytes: 0 }
  await change(run, row.scope, (now) => ({ ...now, ...(resumed ? {} : start), state: 'loading', expected: live }))
  return { cursor: said.cursor, live }
}

async function change(run: Run, scope: string, make: (now: CursorRow) => CursorRow): Promise<void> {
  await run.ground.store.write(['cursors'], async (tx) => {
    const now = await tx.get('cursors', scope)
    if (now) await tx.put('cursors', [make(now)])
  })
}

/** Rows and the place to resume from, one transaction. */
async function take(run: Run, scope: string, rows: LiveRow[], bytes: number): Promise<void> {
  if (!rows.length) return
  const timeline = run.state.timeline as string
  const sealed: BaseRow[] = await Promise.all(rows.map((row) => sealRow(run.ground.boxes, row, timeline, run.catalog)))
  const last = rows[rows.length - 1]
  await run.ground.store.write([...BASE_TABLES], async (tx) => {
    const cursor = await tx.get('cursors', scope)
    if (!cursor) return
    await arrive(tx, cursor, sealed, cursor.run)
    const place = { after: `${last.type}/${last.id}`, received: cursor.received + rows.length }
    await tx.put('cursors', [{ ...cursor, ...place, bytes: Math.max(cursor.bytes, bytes) }])
  })
  run.listener.changed(
    rows.map((row) => row.id),
    rows.map((row) => row.type),
  )
}

/** All rows are here: what this run did not name goes, unless that would be a bulk removal nobody asked for. */
async function finish(run: Run, scope: string): Promise<void> {
  const swept = await run.ground.store.write([...BASE_TABLES], async (tx) => {
    const cursor = await tx.get('cursors', scope)
    if (!cursor || cursor.state === 'leaving') return null
    const members = await tx.range('memberships', 'key', { is: [scope] })
    const stale = members.filter((member) => member.run !== cursor.run)
    const refused = !cursor.asked && isBulk(stale.length, members.length)
    const types = refused ? [] : [...(await dropMembers(tx, cursor, stale)), ...(await dropStrays(tx, scope))]
    const held = refused ? members : members.filter((member) => member.run === cursor.run)
    const counted = { live: held.length, digest: digestOf(held.map((member) => member.rev)) }
    const ready = {
      state: 'ready',
      cursor: cursor.snapshotCursor,
      run: '',
      snapshotCursor: null,
      after: null,
      asked: 0,
    } as const
    await tx.put('cursors', [{ ...cursor, ...counted, ...ready, refused: refused ? 1 : 0, mismatches: 0, removed: 0 }])
    return { refused, types, gone: refused ? [] : stale.map((member) => member.id) }
  })
  if (swept?.refused) note(run, 'bulk_delete_refused', { scope })
  run.listener.changed(swept?.gone ?? [], swept?.types ?? [])
}
