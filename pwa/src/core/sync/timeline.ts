/** A server that went back: what it forgot is sent again from the journal, cursors are made anew. */
import { resendable } from '../drafts'
import type { Change, Draft } from '../change'
import { doubt } from '../photos/keeping'
import { ROW_VERSION, type CursorRow, type JournalRow, type OutboxRow, type Writing } from '../store'
import { handinOf } from './handin'
import type { HelloAnswer } from './messages'
import { TRIES, wireBytes } from './outbox'
import { note, type Run } from './run'
import { cursorRows } from './scopes'
import { nextN, sealMeta, setNextN } from './state'

/** Change ids a hello may ask about. */
const ASK = 5_000

/**
 * Moves this store to `answer`'s timeline: asks which journalled changes are unknown there, queues those
 * again, takes the fresh cursors, marks the other scopes for a snapshot. Nothing is committed before every
 * answer is in, so a break begins again from the old timeline.
 */
export async function heal(
  run: Run,
  answer: HelloAnswer,
  again: (journal: string[]) => Promise<HelloAnswer>,
): Promise<HelloAnswer> {
  if (run.state.timeline === null) {
    run.state.timeline = answer.timeline
    return answer
  }
  const ids = (await run.ground.store.read(['journal'], (tx) => tx.range('journal', 'acked'))).map((row) => row.id)
  const unknown: string[] = []
  const fresh: Record<string, string> = {}
  let last = answer
  for (let from = 0; from === 0 || from < ids.length; from += ASK) {
    last = await again(ids.slice(from, from + ASK))
    if (last.timeline !== answer.timeline) return last
    unknown.push(...last.unknown)
    Object.assign(fresh, last.fresh)
  }
  // the first answer spreads the load; those after it speak to a device that has arrived
  await moveTo(run, { ...last, delay_s: Math.max(answer.delay_s, last.delay_s) }, unknown, fresh)
  return { ...last, unknown: [] }
}

async function moveTo(run: Run, answer: HelloAnswer, unknown: string[], fresh: Record<string, string>): Promise<void> {
  await requeue(run, unknown)
  const held = (await cursorRows(run)).filter((row) => row.state !== 'leaving')
  const rows = held.map((row): CursorRow => {
    const clean = { mismatches: 0, refused: 0, removed: 0 } as const
    const cursor = row.state === 'ready' ? fresh[row.scope] : undefined
    if (cursor !== undefined) return { ...row, ...clean, cursor, strays: 1 }
    return { ...row, ...clean, cursor: null, state: 'loading', run: '', asked: 1 }
  })
  run.state.timeline = answer.timeline
  run.state.ack = null
  run.state.hold_from = run.ground.clock.millis()
  run.state.hold_until = run.state.hold_from + answer.delay_s * 1_000
  const meta = await sealMeta(run.ground.boxes, 'server', run.state)
  await run.ground.store.write(['cursors', 'meta', 'photos'], async (tx) => {
    await doubt(tx)
    await tx.put('cursors', rows)
    await tx.put('meta', [meta])
  })
}

/**
 * Journalled changes back into the outbox under their old numbers (a former device's get new ones), each with its
 * whole group: what the server kept of it one by one in quarantine tells it that the rest falls too.
 */
export async function requeue(run: Run, ids: string[]): Promise<void> {
  if (!ids.length) return
  const rows = withGroups(await run.ground.store.read(['journal'], (tx) => tx.range('journal', 'acked')), ids)
  const waiting = await Promise.all(rows.map((row) => outboxRow(run, row)))
  waiting.sort((one, other) => one.n - other.n)
  await run.ground.store.write(['journal', 'outbox', 'meta'], async (tx) => {
    const begun = await handedOver(tx)
    let next = await nextN(tx)
    const numbered = waiting.map((row) => ({
      ...row,
      n: row.n > 0 ? row.n : next++,
      tries: begun.has(row.group) ? TRIES : row.tries,
    }))
    await tx.put('outbox', numbered)
    await tx.remove(
      'journal',
      rows.map((row) => row.id),
    )
    await setNextN(tx, next)
  })
  run.listener.changed(
    rows.map((row) => row.record),
    rows.map((row) => row.type),
  )
}

function withGroups(journal: JournalRow[], ids: string[]): JournalRow[] {
  const asked = new Set(ids)
  const groups = new Set(journal.flatMap((row) => (row.group && asked.has(row.id) ? [row.group] : [])))
  return journal.filter((row) => asked.has(row.id) || groups.has(row.group))
}

/** Groups of which a part is in quarantine and the rest about to follow: nothing of them is tried alone. */
async function handedOver(tx: Writing): Promise<Set<string>> {
  const rows = await tx.range('outbox', 'n')
  return new Set(rows.filter((row) => row.group && row.tries >= TRIES).map((row) => row.group))
}

async function outboxRow(run: Run, row: JournalRow): Promise<OutboxRow> {
  if (row.handin) return opaqueRow(run, row)
  const kept = (await run.ground.boxes.open(`journal:${row.id}`, row.box)) as { change: Change }
  const { change, lost } = resendable(kept.change)
  if (lost.length) note(run, 'sealed_lost', { record: row.record })
  const draft: Draft & { n?: number } = { ...change }
  delete draft.n
  const box = await run.ground.boxes.seal(`outbox:${row.id}`, draft)
  const handin = await handinOf(run.ground, run.catalog, draft)
  const { id, record, type, scope, group, at } = row
  const n = row.device === run.session.device ? row.n : 0
  const columns = { id, n, record, type, scope, group, at, bytes: wireBytes(draft) }
  return { ...columns, offered: 1, tries: 0, v: ROW_VERSION, box, ...(handin ? { handin } : {}) }
}

/** Its key was given up before it was acknowledged: it goes again as it went, sealed. */
function opaqueRow(run: Run, row: JournalRow): OutboxRow {
  const { id, record, type, scope, group, at, bytes, handin } = row
  const n = row.device === run.session.device ? row.n : 0
  const columns = { id, n, record, type, scope, group, at, bytes, offered: 1, tries: 0, opaque: 1 } as const
  return { ...columns, v: ROW_VERSION, box: new Uint8Array(), ...(handin ? { handin } : {}) }
}
