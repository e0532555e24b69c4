/**
 * Photos travel after the records: smallest first, in pieces, each from where the server says it is.
 * Whatever breaks, the next pass starts from the store; a photo that does not get on holds up no other.
 */
import { backoff } from '../backoff'
import type { PhotoRow } from '../store'
import { Fault } from '../sync/faults'
import { nextPhoto, PATIENCE, pieceEnd } from './queue'
import { keep, RecordsFirst, Refused, Removed, type PhotoRun } from './run'
import { announce, createUpload, offsetOf, sendPiece } from './wire'

export type Ending =
  | 'done' // nothing waits that may travel now
  | 'offline' // the link or the server failed
  | 'login' // neither session nor drain token is taken
  | 'records' // a record waits: it goes first
  | 'stopped'

export interface Pass {
  ending: Ending
  /** Device time to come back at by oneself, ms; null: nothing waits for time to pass. */
  at: number | null
}

/** Times a photo may be sent whole without being taken. */
const ROUNDS = 3
/** Uploads that may be gone within one attempt. */
const STARTS = 3
/** A piece that took longer is not followed by a larger one, ms: the server waits a minute for a body. */
const QUICK = 15_000

const ended = (ending: Ending, at: number | null = null): Pass => ({ ending, at })

export async function sendPhotos(run: PhotoRun): Promise<Pass> {
  const asked = new Set<string>()
  for (;;) {
    if (run.stop.aborted) return ended('stopped')
    const may = await run.allowed()
    const rows = await run.ground.store.read(['photos'], (tx) => tx.range('photos', 'state', { is: ['unsent'] }))
    // asked for by a person: each is tried once without regard to how it went before
    const ready = run.hurry ? rows.map((row) => (asked.has(row.id) ? row : { ...row, due: 0 })) : rows
    const row = nextPhoto(ready, may, run.ground.clock.millis())
    if (!row) return ended('done', soonest(rows.filter(may)))
    asked.add(row.id)
    const end = await attempt(run, row)
    if (end) return end
  }
}

const soonest = (rows: PhotoRow[]): number | null => (rows.length ? Math.min(...rows.map((row) => row.due)) : null)

/** One photo; null: on with the next. */
async function attempt(run: PhotoRun, row: PhotoRow): Promise<Pass | null> {
  try {
    await sendOne(run, row)
    return null
  } catch (fault) {
    if (fault instanceof RecordsFirst) return ended(run.stop.aborted ? 'stopped' : 'records')
    return failed(run, row, fault).catch((late: unknown) => {
      if (late instanceof Removed) return null
      throw late
    })
  }
}

async function failed(run: PhotoRun, row: PhotoRow, fault: unknown): Promise<Pass | null> {
  if (fault instanceof Removed) return null
  if (fault instanceof Refused) {
    await keep(run, row.id, () => ({ state: 'refused', reason: fault.reason, upload: '' }))
    return null
  }
  if (!(fault instanceof Fault)) throw fault
  if (fault.kind === 'login') {
    if (run.drain === null || 'drain' in run.auth) return ended('login')
    run.auth = { drain: run.drain }
    return null
  }
  const link = fault.kind === 'offline'
  await keep(run, row.id, ({ tries }) => {
    const beyond = tries + 1 - (link ? PATIENCE : 0)
    const wait = beyond > 0 ? backoff(beyond, run.ground.random.fraction(), fault.retryAfter) : 0
    return { tries: tries + 1, reason: fault.code, due: wait ? run.ground.clock.millis() + wait : 0 }
  })
  if (!link) return null
  run.link.breaks += 1
  return ended('offline', run.ground.clock.millis() + backoff(run.link.breaks, run.ground.random.fraction(), fault.retryAfter))
}

async function sendOne(run: PhotoRun, row: PhotoRow): Promise<void> {
  await letRecordsPass(run)
  const file = await fileOf(run, row)
  let upload = row.upload
  for (let start = 0; start < STARTS; start++) {
    upload ||= await begin(run, row)
    if (!upload) return
    if (await carry(run, row.id, upload, file)) return
    upload = ''
  }
  throw new Fault('refused', 'upload_gone')
}

/** Address of the upload, '' when the server has the photo already. */
async function begin(run: PhotoRun, row: PhotoRow): Promise<string> {
  const said = await announce(run, row)
  if (said.state === 'stored') {
    await arrived(run, row.id)
    return ''
  }
  const upload = await createUpload(run, said.uploads, row)
  await keep(run, row.id, () => ({ upload }))
  return upload
}

const arrived = (run: PhotoRun, id: string): Promise<PhotoRow> => {
  const stored = run.ground.clock.now()
  return keep(run, id, (row) => ({ state: 'stored', stored, sent: row.size, upload: '', tries: 0, reason: '', urgent: 0 }))
}

/**
 * All pieces from where the server is. True once the server took the last one, which it does only after it
 * verified the whole; false when the upload has to be asked for again.
 */
async function carry(run: PhotoRun, id: string, upload: string, file: Uint8Array): Promise<boolean> {
  let offset = await offsetOf(run, upload, file.length)
  // complete without a piece of ours: an answer was lost, and the announcement will say "stored"
  if (offset === null || offset === file.length) {
    await keep(run, id, () => ({ upload: '', sent: offset ?? 0 }))
    return false
  }
  const begun = offset
  await keep(run, id, () => ({ sent: begun }))
  while (offset < file.length) {
    await letRecordsPass(run)
    const next = await piece(run, upload, offset, file)
    if (typeof next === 'string') {
      await startOver(run, id, next)
      return false
    }
    offset = next
    run.link.breaks = 0
    if (offset < file.length) await keep(run, id, () => ({ sent: next, tries: 0 }))
  }
  await arrived(run, id)
  return true
}

async function startOver(run: PhotoRun, id: string, why: 'gone' | 'wrong_hash'): Promise<void> {
  const row = await keep(run, id, ({ rounds }) => ({ upload: '', sent: 0, rounds: rounds + (why === 'gone' ? 0 : 1) }))
  if (row.rounds >= ROUNDS) throw new Refused(why)
}

/** One piece; the link's measure grows with what got through and shrinks with what did not. */
async function piece(run: PhotoRun, upload: string, offset: number, file: Uint8Array): Promise<number | 'gone' | 'wrong_hash'> {
  const { link, limits } = run
  const { clock } = run.ground
  const chunk = Math.min(link.chunk, limits.tus_chunk)
  const end = pieceEnd(offset, file.length, chunk)
  const started = clock.millis()
  try {
    const next = await sendPiece(run, upload, offset, file.subarray(offset, end), file.length)
    if (end - offset >= chunk && clock.millis() - started < QUICK) link.chunk = Math.min(limits.tus_chunk, chunk * 2)
    return next
  } catch (fault) {
    if (fault instanceof Fault && fault.kind === 'offline') link.chunk = Math.max(limits.tus_chunk_min, chunk >> 1)
    throw fault
  }
}

/** Between two pieces is the moment to give way: the link is the records' first. */
async function letRecordsPass(run: PhotoRun): Promise<void> {
  const waiting = run.yields && (await run.ground.store.read(['outbox'], (tx) => tx.count('outbox')))
  if (waiting || run.stop.aborted) throw new RecordsFirst()
}

async function fileOf(run: PhotoRun, row: PhotoRow): Promise<Uint8Array> {
  const file = await run.ground.store.read(['files'], (tx) => tx.get('files', [row.id, 'full']))
  const bytes = row.sealed ? file?.box : file && (await run.ground.boxes.openBytes(`files:${row.id}:full`, file.box).catch(() => null))
  if (!bytes || bytes.length !== row.size) throw new Refused('lost_here')
  return bytes
}
