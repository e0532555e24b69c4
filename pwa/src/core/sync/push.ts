/** Push until the outbox is empty: one verdict a change, and each verdict frees its place in the queue. */
import { withoutSealed } from '../drafts'
import { overlay } from '../overlay'
import type { Verdict } from '../change'
import { ROW_VERSION, type BaseRow, type JournalRow, type Writing } from '../store'
import { BASE_TABLES, dropOrphan, forget } from './base'
import { Fault } from './faults'
import { obeyActions } from './hello'
import { readPush, readVerdict } from './messages'
import { countTry, markOffered, nextBatch, openItems, TRIES, wireOf, type Item } from './outbox'
import { openRow, sealRow, takes } from './rows'
import { ask, draining, note, saveState, type Run } from './run'
import { sealMeta } from './state'

export async function pushAll(run: Run): Promise<void> {
  run.listener.phase('push')
  for (;;) {
    const limits = run.state.limits
    const batch = await nextBatch(run, run.state.push_size ?? limits.push_changes, limits.push_bytes - 1_024)
    if (!batch.rows.length) return
    const refused = batch.rows.filter((row) => row.tries >= TRIES)
    if (refused.length) {
      // handing it over broke off: the rest of its group follows it and is not tried alone
      for (const item of await openItems(run.ground.boxes, refused)) await quarantine(run, item, 'refused')
      continue
    }
    await markOffered(run, batch.rows)
    const items = await openItems(run.ground.boxes, batch.rows)
    try {
      await pushBatch(run, items)
      run.state.push_size = null
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault
      await refusedBatch(run, items, batch.groups, fault)
    }
  }
}

async function pushBatch(run: Run, items: Item[]): Promise<void> {
  const body = { device: run.session.device, timeline: run.state.timeline, changes: items.map(wireOf) }
  const raw = await ask(run, { method: 'POST', path: '/sync/push', body })
  const answer = readPush(
    raw,
    items.map((item) => item.change.id),
  )
  if (answer.timeline !== run.state.timeline) throw new Fault('timeline')
  run.state.have_n = answer.have_n
  run.state.ack = answer.ack ?? run.state.ack
  run.state.last_contact = run.ground.clock.now()
  await obeyActions(run, answer.actions)
  await settle(run, items, answer.verdicts)
}

/** 400 and 413 halve the batch by groups; alone, the third refusal hands the change to quarantine. */
async function refusedBatch(run: Run, items: Item[], groups: number, fault: Fault): Promise<void> {
  if (fault.kind === 'refused') note(run, 'answer_refused', { code: fault.code })
  if (fault.kind !== 'rejected' && fault.kind !== 'crash') throw fault
  if (groups > 1) {
    run.state.push_size = Math.max(1, Math.floor(items.length / 2))
  } else if (
    (await countTry(
      run,
      items.map((item) => item.row),
    )) >= TRIES
  ) {
    for (const item of items) await quarantine(run, item, fault.code)
    return
  }
  if (fault.kind === 'crash') {
    await saveState(run) // the smaller batch is tried in the next round: a struggling server gets its pause
    throw new Fault('offline', 'crash', fault.retryAfter)
  }
}

async function quarantine(run: Run, item: Item, why: string): Promise<void> {
  const { id, n } = item.change
  const body = {
    device: run.session.device,
    timeline: run.state.timeline,
    id,
    n,
    raw: JSON.stringify(wireOf(item)),
    why,
  }
  const verdict = readVerdict(await ask(run, { method: 'POST', path: '/sync/quarantine', body }), id)
  await settle(run, [item], [verdict])
}

async function journalRow(run: Run, item: Item, verdict: Verdict): Promise<JournalRow> {
  const { id, n, record, type, scope, group, at } = item.row
  // the row lives in base; here it would only double what is kept
  const kept = { change: withoutSealed(item.change, run.catalog), verdict: { ...verdict, row: null } }
  const box = await run.ground.boxes.seal(`journal:${id}`, kept)
  const said = { status: verdict.status, reason: verdict.reason ?? '', acked: run.ground.clock.now() }
  const columns = { id, n, device: run.session.device, record, type, scope, group, at, bytes: item.row.bytes }
  const sealed = item.row.opaque && item.row.handin ? { handin: item.row.handin } : {}
  return { ...columns, ...said, v: ROW_VERSION, box, ...sealed }
}

/** Verdicts' rows and the changes' move to the journal, one transaction. */
async function settle(run: Run, items: Item[], verdicts: Verdict[]): Promise<void> {
  const journal = await Promise.all(items.map((item, at) => journalRow(run, item, verdicts[at])))
  const rows = draining(run)
    ? await ownRows(run, items, verdicts)
    : await Promise.all(verdicts.map((verdict) => verdictRow(run, verdict)))
  const meta = await sealMeta(run.ground.boxes, 'server', run.state)
  await run.ground.store.write([...BASE_TABLES, 'meta'], async (tx) => {
    await tx.remove(
      'outbox',
      items.map((item) => item.row.id),
    )
    await tx.put('meta', [meta])
    for (const [at, verdict] of verdicts.entries()) {
      const row = rows[at]
      if (row) await takeRow(tx, row)
      else if (isGone(items[at], verdict)) await takeGone(tx, run, items[at].row.record, verdict.row?.ver ?? Infinity)
      await dropOrphan(tx, items[at].row.record)
    }
    await tx.put('journal', journal)
  })
  run.listener.changed(
    items.map((item) => item.row.record),
    items.map((item) => item.row.type),
  )
}

async function verdictRow(run: Run, verdict: Verdict): Promise<BaseRow | null> {
  if (!verdict.row?.live || run.state.timeline === null) return null
  return sealRow(run.ground.boxes, verdict.row, run.state.timeline, run.catalog)
}

/**
 * A drain token is answered without rows: until the next login what was typed stays in sight, laid over the row held
 * here, and the next edit says that it saw it. Only where the server wrote the record: its row comes with the next pull.
 */
async function ownRows(run: Run, items: Item[], verdicts: Verdict[]): Promise<(BaseRow | null)[]> {
  const { store, boxes } = run.ground
  const made = new Map<string, BaseRow>()
  const rows: (BaseRow | null)[] = []
  for (const [at, { change }] of items.entries()) {
    const wrote = change.op === 'update' && verdicts[at].status === 'applied'
    const kept = made.get(change.record)
    const own = wrote ? (kept ?? (await store.read(['base'], (tx) => tx.get('base', change.record)))) : undefined
    if (!own) {
      rows.push(null)
      continue
    }
    const held = await openRow(boxes, own)
    const { data } = overlay(held, [change], run.catalog)
    const row = await sealRow(boxes, { ...held, data }, own.timeline, run.catalog)
    made.set(own.id, row)
    rows.push(row)
  }
  return rows
}

/**
 * Only if not older; the membership comes with the pull. A row that is not here comes only with a scope held here; one
 * that is here is kept up to date for as long as it stays, or the next edit would be typed over what this one wrote.
 */
async function takeRow(tx: Writing, row: BaseRow): Promise<void> {
  const own = await tx.get('base', row.id)
  const cursor = own ? null : await tx.get('cursors', row.scope)
  if (!own && (!cursor || cursor.state === 'leaving')) return
  if (takes(own, row.ver, row.timeline)) await tx.put('base', [{ ...row, orphan: own?.orphan ?? 0 }])
}

/** The server says so, or it took a delete: the tombstone itself comes with the pull. */
const isGone = (item: Item, verdict: Verdict): boolean =>
  verdict.row?.live === false ||
  (!verdict.row && item.change.op === 'delete' && (verdict.status === 'applied' || verdict.status === 'merged'))

async function takeGone(tx: Writing, run: Run, record: string, ver: number): Promise<void> {
  const own = await tx.get('base', record)
  if (!own || !takes(own, ver, run.state.timeline ?? '')) return
  if (!(await tx.count('outbox', 'record', [record]))) await forget(tx, [own])
}
