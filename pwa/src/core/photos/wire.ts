/**
 * What travels for a photo: the announcement, and its upload by tus 1.0.0 (https://tus.io, core, creation,
 * checksum). Every answer is read strictly; one that is not our server's says nothing.
 */
import { NoAnswer, type BytesAnswer, type BytesRequest } from '../ports'
import type { PhotoRow } from '../store'
import { codeOf, Fault, faultOf, isObject } from '../sync/faults'
import type { Value } from '../change'
import { Refused, type PhotoRun } from './run'

const TUS = { 'Tus-Resumable': '1.0.0' }
const PIECE = 'application/offset+octet-stream'

/** What the box of a photo's row holds. */
export interface PhotoBox {
  sha256: string
  mime: string
  /** Where it was taken, only if somebody attached it. */
  place: Value
}

export type Announced = { state: 'stored' } | { state: 'wanted'; uploads: string }

async function ask(run: PhotoRun, request: Omit<BytesRequest, 'auth'>): Promise<BytesAnswer> {
  try {
    return await run.ground.http.bytes({ ...request, auth: run.auth })
  } catch (fault) {
    if (fault instanceof NoAnswer) throw new Fault('offline', 'no_answer')
    throw fault
  }
}

const reasonOf = (answer: BytesAnswer, code: string): string =>
  isObject(answer.body) && typeof answer.body.reason === 'string' ? answer.body.reason : code

/** Why this photo did not get on: Refused is for good, a Fault is for now. */
function problemOf(answer: BytesAnswer): Fault | Refused {
  const fault = faultOf(answer)
  const ours = codeOf(answer)
  if (ours === null || fault.kind === 'login' || answer.status >= 500) return fault
  if ([408, 413, 429, 460].includes(answer.status)) return new Fault('offline', ours, fault.retryAfter)
  if ([404, 409, 410].includes(answer.status)) return new Fault('refused', ours)
  return new Refused(reasonOf(answer, ours))
}

/** The part below /api/v1 of an address that the server gave; whose host it names does not matter. */
function below(address: unknown): string {
  const found = typeof address === 'string' ? /^(?:https?:\/\/[^/]+)?\/api\/v1(\/photos\/[\w./~-]+)$/.exec(address) : null
  if (!found) throw new Fault('refused', 'photo_address')
  return found[1]
}

/** Says what is to come; the server says whether it wants it. */
export async function announce(run: PhotoRun, row: PhotoRow): Promise<Announced> {
  const { id, size, record, field, at } = row
  const body = { id, bytes: size, record, field, taken_at: at, ...(await looksOf(run, row)) }
  const answer = await ask(run, {
    method: 'POST',
    path: '/photos',
    headers: { 'Content-Type': 'application/json' },
    body: utf8(JSON.stringify(body)),
  })
  if (answer.status !== 200) throw answer.status < 400 ? new Fault('offline', 'not_ours') : problemOf(answer)
  const said = answer.body
  if (!isObject(said) || said.id !== id) throw new Fault('offline', 'not_ours')
  if (said.state === 'stored') return { state: 'stored' }
  if (said.state === 'refused') throw new Refused(String(said.reason))
  if (said.state !== 'wanted' || !isObject(said.uploads)) throw new Fault('refused', 'photo_state')
  return { state: 'wanted', uploads: below(said.uploads.tus) }
}

/** Of a sealed one nothing can be said but that, and a locked phone need not know more. */
async function looksOf(run: PhotoRun, { id, box, sealed }: PhotoRow): Promise<object> {
  if (sealed) return { sha256: sealed.sha256, mime: 'application/x-grid-sealed' }
  const { sha256, mime, place } = (await run.ground.boxes.open(`photos:${id}`, box)) as PhotoBox
  return { sha256, mime, ...(place ? { place } : {}) }
}

/** Begins an upload, or finds the one that was begun; its address below /api/v1. */
export async function createUpload(run: PhotoRun, uploads: string, row: PhotoRow): Promise<string> {
  const headers = { ...TUS, 'Upload-Length': String(row.size), 'Upload-Metadata': `id ${base64(utf8(row.id))}` }
  const answer = await ask(run, { method: 'POST', path: uploads, headers })
  if (answer.status === 201) return below(answer.header('location'))
  throw answer.status < 400 ? new Fault('offline', 'not_ours') : problemOf(answer)
}

const count = (text: string | null, most: number): number => {
  const value = text !== null && /^\d{1,15}$/.test(text) ? Number(text) : NaN
  if (!(value <= most)) throw new Fault('offline', 'not_ours')
  return value
}

const isTus = (answer: BytesAnswer): boolean => answer.header('tus-resumable') === TUS['Tus-Resumable']

/** Bytes of the upload that the server has; null: there is no such upload any more. */
export async function offsetOf(run: PhotoRun, upload: string, size: number): Promise<number | null> {
  const answer = await ask(run, { method: 'HEAD', path: upload, headers: TUS })
  if (answer.status === 404 || answer.status === 410) return null // a portal's too: asking anew costs no bytes
  if ((answer.status === 200 || answer.status === 204) && isTus(answer)) return count(answer.header('upload-offset'), size)
  if (answer.status === 401) throw new Fault('login') // HEAD has no body that could say whose it is
  throw answer.status < 400 ? new Fault('offline', 'not_ours') : problemOf(answer)
}

/** Hands over one piece; the new offset, or why the upload has to start over. */
export async function sendPiece(
  run: PhotoRun,
  upload: string,
  offset: number,
  piece: Uint8Array,
  size: number,
): Promise<number | 'gone' | 'wrong_hash'> {
  const checksum = `sha256 ${base64(await run.sha256(piece))}`
  const headers = { ...TUS, 'Content-Type': PIECE, 'Upload-Offset': String(offset), 'Upload-Checksum': checksum }
  const answer = await ask(run, { method: 'PATCH', path: upload, headers, body: piece })
  if (answer.status === 204 && isTus(answer)) {
    const now = count(answer.header('upload-offset'), size)
    if (now <= offset) throw new Fault('offline', 'not_ours')
    return now
  }
  const code = codeOf(answer)
  if (code !== null && (answer.status === 404 || answer.status === 410)) return 'gone'
  if (code === 'wrong_hash') return 'wrong_hash'
  throw answer.status < 400 ? new Fault('offline', 'not_ours') : problemOf(answer)
}

/** ASCII only needs no encoder; what else may stand in an announcement is escaped. */
function utf8(text: string): Uint8Array {
  const plain = text.replace(/[^\x20-\x7e]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return Uint8Array.from(plain, (one) => one.charCodeAt(0))
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function base64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b, c] = [bytes[at], bytes[at + 1], bytes[at + 2]]
    const word = (a << 16) | ((b ?? 0) << 8) | (c ?? 0)
    text += DIGITS[word >> 18] + DIGITS[(word >> 12) & 63]
    text += (b === undefined ? '=' : DIGITS[(word >> 6) & 63]) + (c === undefined ? '=' : DIGITS[word & 63])
  }
  return text
}
