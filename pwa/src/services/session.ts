/** Logging in: a session on the server, a device for this store, and what changes in the store with it. */
import { NoAnswer, type Http } from '../core/ports'
import type { Store } from '../core/store'
import { faultOf, isObject } from '../core/sync/faults'
import { lockRulesOf, type LockRules } from '../core/sync/messages'
import {
  FIRST_STATE,
  readMeta,
  sealMeta,
  setNextN,
  type Ground,
  type Person,
  type ServerState,
  type SessionState,
} from '../core/sync/state'
import { WIPED } from '../core/sync/wipe'
import { WorkspaceProblem } from './workspace'

export interface LoginAnswer {
  user: Person
  device: string
  drain: string | null
  timeline: string | null
  lock: LockRules | null
  /** Changes that a store of this browser took with it when it was cleared away. */
  lost: number
}

export interface Card {
  /** null: the server makes a device. */
  device: string | null
  name: string
  app: string
  schema: number
  /** Drain token of a known device, which asks for one where it has none. */
  drain: string | null
}

/** POST /session. Problems: bad_credentials, throttled, offline, server. */
export async function askLogin(http: Http, username: string, password: string, card: Card): Promise<LoginAnswer> {
  const { name, app, schema } = card
  const device = {
    name,
    app,
    schema,
    ...(card.device ? { id: card.device, ...(card.drain ? { drain_token: card.drain } : { new_drain_token: true }) } : {}),
  }
  const answer = await http
    .send({ method: 'POST', path: '/session', auth: { cookie: true }, body: { username, password, device } })
    .catch((fault: unknown) => {
      if (fault instanceof NoAnswer) throw new WorkspaceProblem('offline')
      throw fault
    })
  if (answer.status === 200 || answer.status === 201) return readLogin(answer.body, username)
  const fault = faultOf(answer)
  if (fault.code === 'device_taken') return askLogin(http, username, password, { ...card, device: null })
  if (fault.code === 'bad_credentials') throw new WorkspaceProblem('bad_credentials')
  if (fault.code === 'throttled')
    throw new WorkspaceProblem('throttled', { retry_after: Math.ceil((fault.retryAfter ?? 0) / 1_000) })
  throw new WorkspaceProblem(fault.kind === 'offline' ? 'offline' : 'server', { code: fault.code })
}

function readLogin(body: unknown, username: string): LoginAnswer {
  const user = isObject(body) && isObject(body.user) ? body.user : null
  const device = isObject(body) && isObject(body.device) ? body.device : null
  // a portal answers 200 with its own page: nothing of it may become a login
  if (!user || !isId(user.id) || !device || !isId(device.id))
    throw new WorkspaceProblem('offline')
  const roles = Array.isArray(user.roles) ? user.roles.map(String) : []
  const person = { id: user.id, name: String(user.name ?? username), username, roles, places: placesOf(user.places) }
  const timeline = isObject(body) && typeof body.timeline === 'string' ? body.timeline : null
  return {
    user: person,
    device: device.id,
    drain: typeof device.drain_token === 'string' ? device.drain_token : null,
    timeline,
    lock: lockRulesOf(isObject(body) ? body.lock : null),
    lost: isObject(body) && Number.isSafeInteger(body.lost) ? (body.lost as number) : 0,
  }
}

/** A damaged id must not be kept: every later login would name a device that cannot be. */
const isId = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value)

function placesOf(raw: unknown): Person['places'] {
  const places = Array.isArray(raw) ? raw.filter(isObject) : []
  return places.map((place) => ({
    scope: String(place.scope),
    role: String(place.role),
    path: Array.isArray(place.path) ? place.path.map(String) : [],
  }))
}

/**
 * What the store says before a login: the device to log in with and its drain token. A server that went back and forgot
 * the device keeps that token, so that it goes on handing in, whatever becomes of the answer.
 */
export async function cardOf(ground: Ground, name: string): Promise<Card> {
  const session = await readMeta(ground, 'session')
  const server = await readMeta(ground, 'server')
  const anew = !session || session.reregister || server?.wiped
  const device = anew ? null : session.device
  return { device, name, app: ground.app, schema: ground.schema, drain: session?.drain ?? null }
}

/** Keeps a login. Another device than before: the outbox is renumbered from 1, change ids stay. */
export async function keepLogin(ground: Ground, answer: LoginAnswer): Promise<void> {
  const before = await readMeta(ground, 'session')
  const server = { ...FIRST_STATE, ...(await readMeta(ground, 'server')) }
  const same = before?.device === answer.device
  const drain = answer.drain ?? (same ? before.drain : null)
  const session: SessionState = {
    user: answer.user,
    device: answer.device,
    drain,
    needs_login: false,
    login_at: ground.clock.now(),
    reregister: false,
    lock: answer.lock,
  }
  const timeline = server.timeline ?? answer.timeline
  const started: ServerState = {
    ...(server.wiped ? FIRST_STATE : server),
    timeline,
    have_n: 0,
    missing: [],
    ack: null,
    durable_n: null,
  }
  const metas = [await sealMeta(ground.boxes, 'session', session)]
  if (answer.lost > 0) {
    const problems = (await readMeta(ground, 'problems')) ?? []
    const told = { kind: 'store_lost', at: ground.clock.now(), params: { count: answer.lost } }
    metas.push(await sealMeta(ground.boxes, 'problems', [...problems, told]))
  }
  // a loop that runs in another tab owns the server's state, unless this device begins anew
  if (!same) metas.push(await sealMeta(ground.boxes, 'server', started))
  await ground.store.write(['meta', 'outbox'], async (tx) => {
    await tx.put('meta', metas)
    if (same) return
    await tx.remove('meta', [WIPED])
    const rows = await tx.range('outbox', 'n')
    await tx.put(
      'outbox',
      rows.map((row, at) => ({ ...row, n: at + 1 })),
    )
    await setNextN(tx, rows.length + 1)
  })
}

/** Marks that the cookie of this browser is not this person's any more. */
export async function markLoggedOut(ground: Ground): Promise<void> {
  const session = await readMeta(ground, 'session')
  if (!session || session.needs_login) return
  const row = await sealMeta(ground.boxes, 'session', { ...session, needs_login: true })
  await ground.store.write(['meta'], (tx) => tx.put('meta', [row]))
}

/** Ends the session at the server when it can be reached; here in every case. */
export async function logout(ground: Ground): Promise<void> {
  await ground.http
    .send({ method: 'DELETE', path: '/session', auth: { cookie: true }, body: {} })
    .catch(() => undefined)
  await markLoggedOut(ground)
}

/** Changes and photos that the server does not have. */
export const countUnsent = (store: Store): Promise<number> =>
  store.read(['outbox', 'photos'], async (tx) => (await tx.count('outbox')) + (await tx.count('photos', 'state', ['unsent'])))
