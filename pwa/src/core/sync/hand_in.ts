/**
 * A locked phone hands in: with the drain token, sealed, in order of n. It learns only that each change has a verdict;
 * which one, the next push after unlocking tells (a replay), and that one frees the change's place.
 */
import type { OutboxRow } from '../store'
import { Fault } from './faults'
import { envelopeOf } from './handin'
import { hello } from './hello'
import { readPush } from './messages'
import { nextBatchOf } from './outbox'
import { ask, openRun, saveState, type Run } from './run'
import type { Ground, Listener } from './state'
import { wipe } from './wipe'

const SILENT: Listener = { changed: () => undefined, phase: () => undefined, problem: () => undefined }

/** How many were taken in; what could not be said or heard is tried again the next time. */
export async function handIn(ground: Ground): Promise<number> {
  const run = await openRun(ground, SILENT)
  if (!run?.session.drain) return 0
  run.auth = { drain: run.session.drain }
  let taken = 0
  try {
    const answer = await hello(run, run.state.timeline)
    await saveState(run)
    const skipped = new Set<string>()
    for (;;) {
      const rows = await waiting(run, skipped)
      if (!rows.length) break
      taken += await offer(run, rows, skipped)
    }
    if (answer.actions.some((one) => one.name === 'wipe') && (await wipe(run))) await receipt(run)
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault
  }
  return taken
}

async function waiting(run: Run, skipped: Set<string>): Promise<OutboxRow[]> {
  const rows = await run.ground.store.read(['outbox'], (tx) => tx.range('outbox', 'n'))
  const due = rows.filter((row) => row.handin && !row.handed && !skipped.has(row.id))
  const { push_changes, push_bytes } = run.state.limits
  return nextBatchOf(due, run.state.push_size ?? push_changes, push_bytes - 1_024, (row) => row.handin!.box.length + 200)
    .rows
}

/** Refused as a request: halved, and alone left for the unlocked phone, which has the means to say why. */
async function offer(run: Run, rows: OutboxRow[], skipped: Set<string>): Promise<number> {
  // timeline null: a locked phone cannot heal, but what it brings is taken in any history
  const body = { device: run.session.device, timeline: null, changes: rows.map(envelopeOf) }
  const ids = rows.map((row) => row.id)
  await mark(run, ids, { offered: 1 })
  try {
    readPush(await ask(run, { method: 'POST', path: '/sync/push', body }), ids)
  } catch (fault) {
    if (!(fault instanceof Fault) || (fault.kind !== 'rejected' && fault.kind !== 'crash')) throw fault
    const group = rows[0].group
    if (rows.length === 1 || (group && rows.every((row) => row.group === group))) ids.forEach((id) => skipped.add(id))
    run.state.push_size = Math.max(1, Math.floor(rows.length / 2))
    return 0
  }
  run.state.push_size = null
  await mark(run, ids, { handed: 1 })
  return rows.length
}

async function mark(run: Run, ids: string[], as: Partial<OutboxRow>): Promise<void> {
  await run.ground.store.write(['outbox'], async (tx) => {
    const found = await tx.getMany('outbox', ids)
    await tx.put(
      'outbox',
      found.flatMap((row) => (row ? [{ ...row, ...as }] : [])),
    )
  })
}

/** Tells the server that key and rows are gone. Kept until it was heard. */
export async function receipt(run: Run): Promise<void> {
  if (!run.state.reports.length) return
  await hello(run, run.state.timeline)
  await saveState(run)
}
