/** The world as the core sees it. Adapters implement these; the core imports none of them. */
import type { LockRow } from './lock'
import type { Store } from './store'

export interface Clock {
  /** Now, RFC 3339 UTC with milliseconds. Evidence and display only: no decision hangs on it. */
  now(): string
  /** Milliseconds since 1970, same clock. */
  millis(): number
  /** Resolves after `ms`, earlier when `stop` aborts. */
  wait(ms: number, stop?: AbortSignal): Promise<void>
}

export interface Random {
  bytes(count: number): Uint8Array
  /** 0 ≤ x < 1, for jitter. */
  fraction(): number
}

/** Encrypts what a row says. `about` is authenticated beside it (table and id), so boxes cannot be swapped. */
export interface Boxes {
  seal(about: string, value: unknown): Promise<Uint8Array>
  /** Rejects when the box is damaged or belongs elsewhere. */
  open(about: string, box: Uint8Array): Promise<unknown>
  /** The same for bytes as they are. */
  sealBytes(about: string, bytes: Uint8Array): Promise<Uint8Array>
  openBytes(about: string, box: Uint8Array): Promise<Uint8Array>
}

/** The server's public key for sealing, as the catalogue tells it: its id, the P-256 point as base64url. */
export interface Sealing {
  key: string
  point: string
}

/** Seals a change to the server (PROTOCOL §3.3); nobody but the server opens it again. */
export type SealToServer = (sealing: Sealing, id: string, change: unknown) => Promise<{ key: string; box: string }>

/** What a PIN and the server's share open together. */
export interface PinCrypto {
  /** Rounds of PBKDF2 for new PINs. */
  rounds: number
  /** 32 bytes under both. */
  wrap(key: Uint8Array, pin: string, share: string, salt: Uint8Array, rounds: number): Promise<Uint8Array>
  /** null: not with this PIN and share. */
  unwrap(wrapped: Uint8Array, pin: string, share: string, salt: Uint8Array, rounds: number): Promise<Uint8Array | null>
  /** Tells one share from another without showing it. */
  idOf(share: string): Promise<string>
  /** Boxes under 32 bytes, which the caller forgets. */
  boxes(key: Uint8Array): Promise<Boxes>
  /** Hex of HMAC-SHA-256 over the lines, under the SHA-256 of the token. */
  sign(token: string, lines: string[]): Promise<string>
}

/** `cookie`: the session of the browser. `drain`: hands in work only, never gets rows. */
export type Auth = { cookie: true } | { drain: string }

export interface Request {
  method: 'GET' | 'POST' | 'DELETE'
  /** Below /api/v1, with query. */
  path: string
  auth: Auth
  body?: unknown
  /** Answer 304 when this is still the tag of what lies there. */
  unless?: string
}

export interface Answer {
  status: number
  /** Content type without parameters, lower case. */
  type: string
  /** From Retry-After, milliseconds. */
  retryAfter: number | null
  /** ETag, null without one. */
  tag: string | null
  /** Parsed JSON; undefined when the body is not JSON. */
  body: unknown
}

export interface StreamAnswer extends Answer {
  /** Complete lines of the body as they arrive, with the bytes read so far; ends early by throwing NoAnswer. */
  lines: AsyncIterable<{ line: string; bytes: number }>
}

/** For bodies that are not JSON: photos and their uploads. */
export interface BytesRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PATCH'
  /** Below /api/v1, with query. */
  path: string
  auth: Auth
  headers?: Record<string, string>
  body?: Uint8Array
}

export interface BytesAnswer extends Answer {
  /** The body as it came. */
  bytes: Uint8Array
  /** Of a header, null without one. */
  header(name: string): string | null
}

/** No answer came, or its body broke off: nothing is known about what the server did. */
export class NoAnswer extends Error {}

export interface Http {
  send(request: Request): Promise<Answer>
  /** For NDJSON. When the status is not 200 `body` holds the problem and `lines` is empty. */
  stream(request: Request): Promise<StreamAnswer>
  /** Bytes there and back, never compressed. */
  bytes(request: BytesRequest): Promise<BytesAnswer>
}

/** What the browser says of the network: one that is paid by volume, one that is not, or nothing. */
export type Network = 'paid' | 'free' | 'unknown'

export interface Locks {
  /** Runs `work` while nobody else holds `name`; 'busy' at once when somebody does. */
  hold<T>(name: string, work: () => Promise<T>): Promise<T | 'busy'>
}

/** Tells other tabs of the same store what changed. */
export interface Signals {
  post(message: unknown): void
  listen(listener: (message: unknown) => void): () => void
  close(): void
}

export interface StorageReport {
  persisted: boolean
  usage: number
  quota: number
}

/** What the browser says about its storage; null when it says nothing. */
export type StorageProbe = () => Promise<StorageReport | null>

/** A user of this installation; staff names only, so kept in clear. */
export interface Entry {
  id: string
  name: string
  username: string
  /** RFC 3339. */
  last_used: string
  /** Logged out by his own wish: the store opens only after a login. */
  closed?: boolean
}

/** Where the stores and keys of this installation live. */
export interface Installation {
  entries(): Promise<Entry[]>
  keep(entry: Entry): Promise<void>
  /** The lock of a user's store; null without a PIN. */
  lock(userId: string): Promise<LockRow | null>
  /** Changes it in one transaction with what stands there then; null takes it away. Resolves to what stands now. */
  keepLock(userId: string, change: (row: LockRow | null) => LockRow | null): Promise<LockRow | null>
  /** Another key of this phone for the user's store: the old one opens only until `again` has kept what must stay. */
  replaceKey(userId: string, again: () => Promise<void>): Promise<void>
  /** Removes the keys, the database and the entry. */
  remove(userId: string): Promise<void>
  /** Opens or makes the database of a user, and the boxes under his device key. */
  open(userId: string): Promise<{ store: Store; boxes: Boxes }>
}
