/** The office's calls. What goes wrong is a Fault with a code that the pages have words for. */
import { httpOver } from '@/adapters/http'
import type { Catalog } from '@/core/catalog'
import type { Answer, Request } from '@/core/ports'
import { NoAnswer } from '@/core/ports'
import { lookAtServer } from '@/services/photo_look'
import type { Look } from '@/services/photos'
import type { Conflict, HistoryItem, Item, Kind, ReviewPage, State, User, Verdict } from './types'

/** `code` is the server's, or `offline` where no answer came, or `server` where it made no sense. */
export class Fault extends Error {
  constructor(
    readonly code: string,
    readonly retryAfter: number | null = null,
  ) {
    super(code)
  }
}

/** A settlement as it travels to POST /changes. */
export interface SettlingChange {
  id: string
  op: 'resolve'
  type: 'conflict' | 'parked'
  record: string
  scope: string
  schema: number
  base: { rev: string; timeline: string }
  at: { wall: string; offset_ms: number | null }
  resolve: { choose: string; value?: unknown; into?: string }
}

export interface ReviewQuery {
  kind: Kind
  state: State
  scope?: string
  after?: string
  id?: string
  limit?: number
}

/** The desk has a session of its own, so that the field app in the same browser keeps its one. */
const DESK = { 'X-Grid-Desk': '1' }
const http = httpOver({ origin: '', fetch: asDesk, timeout: 20_000, silence: 20_000, gzip: true })

function asDesk(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const headers = new Headers(init?.headers)
  for (const [name, value] of Object.entries(DESK)) headers.set(name, value)
  return fetch(input, { ...init, headers })
}

async function call<T>(method: Request['method'], path: string, body?: unknown): Promise<T> {
  let answer: Answer
  try {
    answer = await http.send({ method, path, body, auth: { cookie: true } })
  } catch (fault) {
    throw fault instanceof NoAnswer ? new Fault('offline') : fault
  }
  if (answer.status === 204) return undefined as T
  if (typeof answer.body !== 'object' || answer.body === null) throw new Fault('server')
  if (answer.status !== 200) throw new Fault((answer.body as { code?: string }).code ?? 'server', answer.retryAfter)
  return answer.body as T
}

interface Session {
  user: User
  timeline: string
}

export const login = (username: string, password: string): Promise<Session> => call('POST', '/session', { username, password })
export const whoAmI = (): Promise<Session> => call('GET', '/session')
export const logout = (): Promise<void> => call('DELETE', '/session')
export const readCatalog = (): Promise<Catalog> => call('GET', '/catalog')

export function readReview(query: ReviewQuery): Promise<ReviewPage> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  return call('GET', `/office/review?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`)
}

/** The item as it stands now, or null when it is gone from this person's area. */
export async function readItem(item: Pick<Item, 'id' | 'kind'>): Promise<Item | null> {
  return (await readReview({ kind: item.kind, state: 'open', id: item.id })).items[0] ?? null
}

export function readHistory(record: string, after?: string): Promise<{ items: HistoryItem[]; next: string | null }> {
  return call('GET', `/records/${record}/history?limit=20${after ? `&after=${after}` : ''}`)
}

export const sendChanges = async (changes: SettlingChange[]): Promise<Verdict[]> =>
  (await call<{ verdicts: Verdict[] }>('POST', '/changes', { changes })).verdicts

export interface Rescued {
  changes: number
  known: number
  verdicts: Record<string, number>
  photos: { stored: number; known: number; refused: number }
}

/** One part of a rescue file. Up to 200 changes are judged, or a photo is read, before the answer comes. */
export const sendRescue = (part: object): Promise<Rescued> => call('POST', '/office/rescue', part)

/** On leaving the page: the browser sends it on although nobody waits for the answer. */
export function sendWhileLeaving(changes: SettlingChange[]): void {
  const headers = { 'Content-Type': 'application/json' }
  void asDesk('/api/v1/changes', { method: 'POST', keepalive: true, headers, body: JSON.stringify({ changes }) }).catch(() => undefined)
}

/** A photo as the server has it, under the desk's own session. */
export const look = (id: string, size: 'thumb' | 'screen'): Promise<Look> => lookAtServer(http, id, size)

export const isField = (item: Item): item is Conflict => item.kind === 'conflict' && item.conflict_kind === 'field'
