/**
 * The rescue file: everything unsent, sealed to the server, signed by this phone. Anybody may carry it; an office takes
 * it in, twice as well as once (server/services/rescue.py has the format).
 */
import type { PinCrypto } from '../core/ports'
import { envelopeOf, sealWaiting, type Envelope } from '../core/sync/handin'
import { nextBatchOf } from '../core/sync/outbox'
import { readMeta, type Ground } from '../core/sync/state'
import { WorkspaceProblem, type RescueFile } from './workspace'

const FORMAT = 'grid-rescue'
const VERSION = 1
/** A part is what the office sends in one request. */
const PART_CHANGES = 200
const PART_BYTES = 524_288

/** Problems: nothing_changed (nothing waits), server (this phone was never given what to sign with). */
export async function rescueFile(ground: Ground, pin: PinCrypto, locked: boolean): Promise<RescueFile> {
  const session = await readMeta(ground, 'session')
  if (!session?.drain) throw new WorkspaceProblem('server')
  if (!locked) await sealWaiting(ground, await readMeta(ground, 'catalog'))
  const rows = await ground.store.read(['outbox'], (tx) => tx.range('outbox', 'n'))
  const waiting = rows.filter((row) => !row.handed)
  let due = waiting.filter((row) => row.handin)
  if (!due.length) throw new WorkspaceProblem('nothing_changed')
  const made_at = ground.clock.now()
  const parts = []
  while (due.length) {
    const batch = nextBatchOf(due, PART_CHANGES, PART_BYTES, (row) => row.handin!.box.length + 200).rows
    due = due.slice(batch.length)
    const changes = batch.map((row) => envelopeOf(row) as Envelope)
    parts.push({ device: session.device, made_at, changes, mac: await sign(pin, session.drain, session.device, made_at, changes) })
  }
  const count = parts.reduce((sum, part) => sum + part.changes.length, 0)
  const day = made_at.slice(0, 16).replace(/[-:]/g, '').replace('T', '-')
  return {
    name: `grid-rescue-${session.user.username}-${day}.json`,
    text: JSON.stringify({ format: FORMAT, version: VERSION, app: ground.app, parts }),
    changes: count,
    without: waiting.length - count,
  }
}

const sign = (pin: PinCrypto, token: string, device: string, at: string, changes: Envelope[]): Promise<string> => {
  const said = changes.map(({ id, n, group, key, box }) => [id, n, group ?? '', key, box].join(' '))
  return pin.sign(token, [`${FORMAT} ${VERSION}`, device, at, ...said])
}
