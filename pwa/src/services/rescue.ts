/**
 * The rescue file: everything unsent, sealed to the server, signed by this phone. Anybody may carry it; an office takes
 * it in, twice as well as once (server/services/rescue.py has the format).
 */
import type { PinCrypto } from '../core/ports'
import { ZONE } from '../core/calendar'
import { base64 } from '../core/photos/wire'
import type { PhotoRow } from '../core/store'
import { envelopeOf, sealWaiting, type Envelope } from '../core/sync/handin'
import { nextBatchOf } from '../core/sync/outbox'
import { readMeta, type Ground, type SessionState } from '../core/sync/state'
import { WorkspaceProblem, type RescueFile } from './workspace'

const FORMAT = 'grid-rescue'
const VERSION = 1
/** A part is what the office sends in one request. */
const PART_CHANGES = 200
const PART_BYTES = 524_288
/** A photo is a part of its own; as base64 it has to fit the server's largest body (the app aims at a fifth of this). */
const PHOTO_BYTES = 3_000_000

/** Who signs, and when. */
interface Signing {
  pin: PinCrypto
  token: string
  device: string
  made_at: string
}

/** Problems: nothing_changed (nothing waits), server (this phone was never given what to sign with). */
export async function rescueFile(ground: Ground, pin: PinCrypto, locked: boolean): Promise<RescueFile> {
  const session = await readMeta(ground, 'session')
  if (!session?.drain) throw new WorkspaceProblem('server')
  if (!locked) await sealWaiting(ground, await readMeta(ground, 'catalog'))
  const signing = { pin, token: session.drain, device: session.device, made_at: ground.clock.now() }
  const words = await changeParts(ground, signing)
  const pictures = await photoParts(ground, signing)
  if (!words.count && !pictures.count) throw new WorkspaceProblem('nothing_changed')
  const head = JSON.stringify({ format: FORMAT, version: VERSION, app: ground.app }).slice(0, -1)
  const parts = [...words.parts, ...pictures.parts].flatMap((part, at) => (at ? [',', part] : [part]))
  return {
    name: nameOf(session, signing.made_at),
    content: new Blob([`${head},"parts":[`, ...parts, ']}'], { type: 'application/json' }),
    changes: words.count,
    photos: pictures.count,
    without: words.without + pictures.without,
  }
}

interface Parts {
  /** JSON. */
  parts: BlobPart[]
  count: number
  without: number
}

async function changeParts(ground: Ground, signing: Signing): Promise<Parts> {
  const rows = await ground.store.read(['outbox'], (tx) => tx.range('outbox', 'n'))
  const waiting = rows.filter((row) => !row.handed)
  let due = waiting.filter((row) => row.handin)
  const made: Parts = { parts: [], count: due.length, without: waiting.length - due.length }
  while (due.length) {
    const batch = nextBatchOf(due, PART_CHANGES, PART_BYTES, (row) => row.handin!.box.length + 200).rows
    due = due.slice(batch.length)
    const changes = batch.map((row) => envelopeOf(row) as Envelope)
    const said = changes.map(({ id, n, group, key, box }) => [id, n, group ?? '', key, box].join(' '))
    made.parts.push(await signed(signing, { changes }, said))
  }
  return made
}

/** One at a time: each is in memory only until it is a part, which the browser keeps where it likes. */
async function photoParts(ground: Ground, signing: Signing): Promise<Parts> {
  const rows = await ground.store.read(['photos'], (tx) => tx.range('photos', 'state', { is: ['unsent'] }))
  const made: Parts = { parts: [], count: 0, without: 0 }
  for (const row of rows) {
    const part = row.sealed && row.size <= PHOTO_BYTES ? await photoPart(ground, signing, row, row.sealed.sha256) : null
    if (part) made.parts.push(new Blob([part]))
    made[part ? 'count' : 'without'] += 1
  }
  return made
}

/** null where its bytes are not here any more. */
async function photoPart(ground: Ground, signing: Signing, row: PhotoRow, sha256: string): Promise<string | null> {
  const file = await ground.store.read(['files'], (tx) => tx.get('files', [row.id, 'full']))
  if (file?.box.length !== row.size) return null
  const { id, record, field, at, size } = row
  const photo = { id, record, field, taken_at: at, sha256, bytes: size, data: base64(file.box) }
  return signed(signing, { changes: [], photos: [photo] }, [['photo', id, record, field, at, sha256, size].join(' ')])
}

async function signed({ pin, token, device, made_at }: Signing, what: object, said: string[]): Promise<string> {
  const mac = await pin.sign(token, [`${FORMAT} ${VERSION}`, device, made_at, ...said])
  return JSON.stringify({ device, made_at, ...what, mac })
}

/** By the clock of who saves it, in the service's zone. */
function nameOf({ user }: SessionState, made_at: string): string {
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short', timeStyle: 'short' })
  const minute = local.format(new Date(made_at)).replace(/[-:]/g, '').replace(' ', '-')
  return `grid-rescue-${user.username}-${minute}.json`
}
