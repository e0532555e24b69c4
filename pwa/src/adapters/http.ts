/** HTTP over `fetch`: time limits, gzip bodies where the platform can, NDJSON read as it arrives. */
import {
  NoAnswer,
  type Answer,
  type Auth,
  type BytesAnswer,
  type BytesRequest,
  type Http,
  type Request,
  type StreamAnswer,
} from '../core/ports'

/** A body shorter than this is not worth compressing (bytes). */
const GZIP_FROM = 1_024

export interface HttpSettings {
  /** Where /api/v1 lives; '' for the page's own origin. */
  origin: string
  fetch: typeof fetch
  /** Until the whole answer is read, ms. */
  timeout: number
  /** For a stream: longest silence between two pieces, ms. */
  silence: number
  gzip: boolean
}

const retryAfter = (headers: Headers): number | null => {
  const text = headers.get('retry-after')
  if (!text) return null
  const seconds = Number(text)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000)
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now())
}

const typeOf = (headers: Headers): string => (headers.get('content-type') ?? '').split(';')[0].trim().toLowerCase()

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function packed(text: string, gzip: boolean): Promise<{ body: BodyInit; headers: Record<string, string> }> {
  const bytes = new TextEncoder().encode(text)
  if (!gzip || bytes.length < GZIP_FROM || typeof CompressionStream === 'undefined') return { body: bytes, headers: {} }
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))
  return { body: new Uint8Array(await new Response(stream).arrayBuffer()), headers: { 'Content-Encoding': 'gzip' } }
}

function authorised(auth: Auth): { credentials: RequestCredentials; headers: Record<string, string> } {
  if ('drain' in auth) return { credentials: 'omit', headers: { Authorization: `Bearer ${auth.drain}` } }
  return { credentials: 'same-origin', headers: {} }
}

/** Runs `work` under one time limit that `extend` pushes out; every failure is a NoAnswer. */
class Deadline {
  readonly abort = new AbortController()
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly ms: number) {
    this.extend()
  }

  extend(): void {
    this.end()
    this.timer = setTimeout(() => this.abort.abort(), this.ms)
  }

  end(): void {
    clearTimeout(this.timer)
  }
}

async function open(settings: HttpSettings, request: Request, deadline: Deadline, accept: string): Promise<Response> {
  const auth = authorised(request.auth)
  const headers: Record<string, string> = { Accept: accept, ...auth.headers }
  if (request.unless) headers['If-None-Match'] = request.unless
  let body: BodyInit | undefined
  if (request.body !== undefined) {
    const pack = await packed(JSON.stringify(request.body), settings.gzip)
    body = pack.body
    Object.assign(headers, pack.headers, { 'Content-Type': 'application/json' })
  }
  const init: RequestInit = { method: request.method, headers, body, credentials: auth.credentials, cache: 'no-store' }
  try {
    return await settings.fetch(`${settings.origin}/api/v1${request.path}`, { ...init, signal: deadline.abort.signal })
  } catch (fault) {
    throw new NoAnswer(String(fault))
  }
}

async function read(response: Response): Promise<Answer> {
  const { headers, status } = response
  const head = { status, type: typeOf(headers), retryAfter: retryAfter(headers), tag: headers.get('etag') }
  try {
    return { ...head, body: parsed(await response.text()) }
  } catch (fault) {
    throw new NoAnswer(String(fault))
  }
}

async function exchange(settings: HttpSettings, request: BytesRequest, deadline: Deadline): Promise<BytesAnswer> {
  const auth = authorised(request.auth)
  const { method, body } = request
  const headers = { Accept: '*/*', ...request.headers, ...auth.headers }
  const init: RequestInit = { method, headers, credentials: auth.credentials, cache: 'no-store' }
  if (body) init.body = body as Uint8Array<ArrayBuffer>
  try {
    const address = `${settings.origin}/api/v1${request.path}`
    const response = await settings.fetch(address, { ...init, signal: deadline.abort.signal })
    const bytes = new Uint8Array(await response.arrayBuffer())
    const type = typeOf(response.headers)
    const said = type.endsWith('json') ? parsed(new TextDecoder().decode(bytes)) : undefined
    const { status } = response
    const head = { status, type, retryAfter: retryAfter(response.headers), tag: response.headers.get('etag') }
    return { ...head, body: said, bytes, header: (name) => response.headers.get(name) }
  } catch (fault) {
    throw new NoAnswer(String(fault))
  }
}

async function* linesOf(response: Response, deadline: Deadline): AsyncGenerator<{ line: string; bytes: number }> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let rest = ''
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return // a last line without its end is a broken one: it is not handed on
      deadline.extend()
      bytes += value.length
      rest += decoder.decode(value, { stream: true })
      const lines = rest.split('\n')
      rest = lines.pop() as string
      for (const line of lines) if (line) yield { line, bytes }
    }
  } catch (fault) {
    throw new NoAnswer(String(fault))
  } finally {
    deadline.end()
    await reader.cancel().catch(() => undefined)
  }
}

async function* nothing(): AsyncGenerator<never> {}

export function httpOver(settings: HttpSettings): Http {
  return {
    async send(request) {
      const deadline = new Deadline(settings.timeout)
      try {
        return await read(await open(settings, request, deadline, 'application/json'))
      } finally {
        deadline.end()
      }
    },
    async stream(request): Promise<StreamAnswer> {
      const deadline = new Deadline(settings.silence)
      const response = await open(settings, request, deadline, 'application/x-ndjson')
      if (response.status === 200 && response.body) {
        const head = { status: 200, type: typeOf(response.headers), retryAfter: null, tag: null, body: undefined }
        return { ...head, lines: linesOf(response, deadline) }
      }
      deadline.end()
      return { ...(await read(response)), lines: nothing() }
    },
    async bytes(request) {
      const deadline = new Deadline(settings.timeout)
      try {
        return await exchange(settings, request, deadline)
      } finally {
        deadline.end()
      }
    },
  }
}
