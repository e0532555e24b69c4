/** First load and re-load of a scope: a stream of rows that goes on where it broke off. */
import { NoAnswer, type StreamAnswer } from '../ports'
import { shortId } from '../id'
import type { LiveRow } from '../change'
import type { BaseRow, CursorRow } from '../store'
import { BASE_TABLES, dropMembers, dropStrays, load as put } from './base'
import { digestOf } from './digest'
import { Fault, faultOf, isObject } from './faults'
import { readRow } from './messages'
import { sealRow } from './rows'
import { draining, note, type Run } from './run'
import { askSnapshot, cursorRows } from './scopes'
import { isBulk } from './pull'
import { holdLeft } from './state'

/** A transaction takes so many rows, or what came in so long: quick on a good link, and on a slow one little is lost. */
const PIECE = 1_000
const PIECE_MS = 2_000

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
  const coming: Coming = { scope: row.scope, first: false, rows: [], since: 0, bytes: 0 }
  try {
    if (await read(run, row, answer.lines, coming)) return
  } catch (fault) {
    if (!(fault instanceof NoAnswer)) throw fault
  }
  // what came is kept: on a link that breaks often every piece counts
  await take(run, coming)
  throw new Fault('offline', 'broken_off')
}

/** Of one stream: the rows that are not in the store yet. */
interface Coming {
  scope: string
  /** No row of the scope was here when it began. */
  first: boolean
  rows: LiveRow[]
  /** When the first of them came, device time in ms. */
  since: number
  /** Of the stream until now. */
  bytes: number
}

/** True when the last line was reached. */
async function read(run: Run, row: CursorRow, lines: Lines, coming: Coming): Promise<boolean> {
  const { clock } = run.ground
  let begun = false
  let received = 0
  for await (const { line, bytes } of lines) {
    const said = parsed(line)
    if (!begun) {
      coming.first = await begin(run, row, said)
      begun = true
      continue
    }
    coming.bytes = bytes
    if (said.end === true) {
      if (said.sent !== received) throw new Fault('refused', 'snapshot_count')
      await take(run, coming)
      await finish(run, row.scope)
      return true
    }
    if (!coming.rows.length) coming.since = clock.millis()
    coming.rows.push(readRow(said) as LiveRow)
    received += 1
    if (coming.rows.length >= PIECE || Math.abs(clock.millis() - coming.since) >= PIECE_MS) await take(run, coming)
  }
  return false
}

type Lines = StreamAnswer['lines']

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

/** Reads the first line; a new run gets its stamp, a resumed one keeps it. True when no row of the scope is here. */
async function begin(run: Run, row: CursorRow, said: Record<string, unknown>): Promise<boolean> {
  if (said.scope !== row.scope || typeof said.cursor !== 'string') throw new Fault('offline', 'not_ours')
  if (said.timeline !== run.state.timeline) throw new Fault('timeline')
  const live = typeof said.live === 'number' ? said.live : 0
  const resumed = row.run !== '' && row.snapshotCursor === said.cursor
  const stamp = shortId(run.ground.random)
  const start = { run: stamp, snapshotCursor: said.cursor, after: null, received: 0, bytes: 0 }
  await change(run, row.scope, (now) => ({ ...now, ...(resumed ? {} : start), state: 'loading', expected: live }))
  return (await run.ground.store.read(['base'], (tx) => tx.count('base', 'scope', [row.scope]))) === 0
}

async function change(run: Run, scope: string, make: (now: CursorRow) => CursorRow): Promise<void> {
  await run.ground.store.write(['cursors'], async (tx) => {
    const now = await tx.get('cursors', scope)
    if (now) await tx.put('cursors', [make(now)])
  })
}

/** Rows and the place to resume from, one transaction. */
async function take(run: Run, coming: Coming): Promise<void> {
  const { scope, first, bytes } = coming
  const rows = coming.rows.splice(0)
  if (!rows.length) return
  const timeline = run.state.timeline as string
  const sealed: BaseRow[] = await Promise.all(rows.map((row) => sealRow(run.ground.boxes, row, timeline, run.catalog)))
  const last = rows[rows.length - 1]
  await run.ground.store.write([...BASE_TABLES], async (tx) => {
    const cursor = await tx.get('cursors', scope)
    if (!cursor) return
    await put(tx, cursor, sealed, first)
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
