/**
 * A photo store that follows the protocol to the letter and can be made to fail: announcements, tus 1.0.0,
 * verification at the last piece. It stands before a Script, which answers everything else.
 */
import { createHash } from 'node:crypto'
import type { BytesAnswer, BytesRequest } from '@/core/ports'
import { uuid } from '../sync/script'

interface Row {
  sha256: string
  bytes: number
  record: string
  field: string
  place: unknown
}

interface Upload {
  photo: string
  parts: Buffer
}

export const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** An answer as the http adapter gives it. */
export function answerOf(status: number, body: unknown = undefined, headers: Record<string, string> = {}): BytesAnswer {
  const all: Record<string, string> = { 'tus-resumable': '1.0.0', ...headers }
  const text = body === undefined ? '' : JSON.stringify(body)
  const type = body === undefined ? '' : status < 400 ? 'application/json' : 'application/problem+json'
  const bytes = Buffer.from(text)
  return { status, type, retryAfter: null, tag: null, body, bytes, header: (name) => all[name.toLowerCase()] ?? null }
}

export const problem = (status: number, code: string, more: object = {}): BytesAnswer =>
  answerOf(status, { type: 'about:blank', title: code, status, code, ...more })

export class PhotoStore {
  readonly announced = new Map<string, Row>()
  readonly stored = new Map<string, Buffer>()
  readonly uploads = new Map<string, Upload>()
  /** Ids in the order in which they were verified. */
  readonly order: string[] = []
  readonly refuse = new Map<string, string>()
  readonly asked: BytesRequest[] = []
  /** False: announced ones are "wanted", pieces are "busy". */
  up = true
  private next = 1

  answer(request: BytesRequest): BytesAnswer {
    this.asked.push(request)
    const { method, path } = request
    if (method === 'POST' && path === '/photos') return this.announce(request)
    if (!this.up) return problem(503, 'busy')
    if (method === 'POST') return this.create(request)
    const upload = this.uploads.get(path)
    if (!upload) return method === 'HEAD' ? answerOf(404) : problem(404, 'not_found')
    const offset = { 'upload-offset': String(upload.parts.length) }
    if (method === 'HEAD') return answerOf(200, undefined, offset)
    return method === 'PATCH' ? this.patch(upload, request) : problem(405, 'bad_method')
  }

  private announce(request: BytesRequest): BytesAnswer {
    const body = JSON.parse(Buffer.from(request.body as Uint8Array).toString()) as Row & { id: string }
    const refused = this.refuse.get(body.id)
    if (refused) return answerOf(200, { id: body.id, state: 'refused', reason: refused })
    const known = this.announced.get(body.id)
    if (known && known.sha256 !== body.sha256) return problem(422, 'photo_differs')
    this.announced.set(body.id, body)
    if (this.stored.has(body.id)) return answerOf(200, { id: body.id, state: 'stored' })
    return answerOf(200, { id: body.id, state: 'wanted', uploads: { tus: '/api/v1/photos/uploads' } })
  }

  private create(request: BytesRequest): BytesAnswer {
    const given = request.headers?.['Upload-Metadata'] ?? ''
    const photo = Buffer.from(given.replace(/^id /, ''), 'base64').toString()
    const row = this.announced.get(photo)
    if (!row) return problem(404, 'not_found')
    if (String(row.bytes) !== request.headers?.['Upload-Length']) return problem(400, 'bad_request')
    const known = [...this.uploads].find(([, one]) => one.photo === photo)
    const path = known?.[0] ?? `/photos/uploads/${uuid(this.next++)}`
    if (!known) this.uploads.set(path, { photo, parts: this.stored.get(photo) ?? Buffer.alloc(0) })
    return answerOf(201, undefined, { location: `https://elsewhere.example/api/v1${path}` })
  }

  private patch(upload: Upload, request: BytesRequest): BytesAnswer {
    const piece = Buffer.from(request.body as Uint8Array)
    const row = this.announced.get(upload.photo) as Row
    const headers = request.headers as Record<string, string>
    if (Number(headers['Upload-Offset']) !== upload.parts.length) return problem(409, 'wrong_offset')
    const checksum = createHash('sha256').update(piece).digest('base64')
    if (headers['Upload-Checksum'] !== `sha256 ${checksum}`) return problem(460, 'checksum_mismatch')
    const parts = Buffer.concat([upload.parts, piece])
    if (parts.length > row.bytes || piece.length > 1_048_576) return problem(413, 'too_large')
    const last = parts.length === row.bytes
    if (!last && piece.length < 1_024) return problem(400, 'bad_request')
    if (last && sha(parts) !== row.sha256) {
      upload.parts = Buffer.alloc(0)
      return problem(422, 'wrong_hash')
    }
    upload.parts = parts
    if (last) {
      if (!this.stored.has(upload.photo)) this.order.push(upload.photo)
      this.stored.set(upload.photo, parts)
    }
    return answerOf(204, undefined, { 'upload-offset': String(parts.length) })
  }

  /** Everything of uploads that is not verified is forgotten, as after their time. */
  expire(): void {
    this.uploads.clear()
  }
}
