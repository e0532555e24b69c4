/** What one store knows of its session and its server, kept in boxes of the meta table. */
import type { Catalog } from '../catalog'
import type { Boxes, Clock, Http, Random, SealToServer, StorageProbe } from '../ports'
import { ROW_VERSION, type MetaRow, type Reader, type Store, type Writing } from '../store'
import type { Terms } from '../photos/queue'
import { DEFAULT_LIMITS, type Limits, type LockRules } from './messages'

export interface Person {
  id: string
  name: string
  username: string
  roles: string[]
  /** Where the roles hold: scope, role, names of the areas from the top. */
  places: { scope: string; role: string; path: string[] }[]
}

export interface SessionState {
  user: Person
  device: string
  drain: string | null
  /** The same person has to log in again; until then the drain token hands work in. */
  needs_login: boolean
  /** Device time of the login: tells this session from a later one of the same person. */
  login_at: string
  /** The server wants another device id at the next login. */
  reregister: boolean
  /** As told at the login. */
  lock?: LockRules | null
}

export interface Problem {
  kind: string
  at: string
  params: Record<string, string | number>
}

export interface ServerState {
  timeline: string | null
  ack: unknown
  have_n: number
  missing: [number, number][]
  durable_n: number | null
  limits: Limits
  /** Device clock minus server clock, ms. */
  offset_ms: number | null
  last_contact: string | null
  last_complete: string | null
  upgrade: boolean
  wiped: boolean
  /** No snapshot before this device time (ms): the server spreads the load after a new timeline. */
  hold_until: number
  /** When that was said, device time (ms). */
  hold_from: number
  /** Generations of grants that were given up here and have to be acknowledged. */
  left: Record<string, { gen: number }>
  /** Changes a push may carry now; smaller after refusals, back to the limit after a success. */
  push_size: number | null
  /** ETag of the catalogue held. */
  catalog_tag: string | null
  /** Problems the server was not told of yet; the next hello carries them. */
  reports: Problem[]
  /** What the server last said of PIN and lease. */
  lock: LockRules | null
}

export const FIRST_STATE: ServerState = {
  timeline: null,
  ack: null,
  have_n: 0,
  missing: [],
  durable_n: null,
  limits: DEFAULT_LIMITS,
  offset_ms: null,
  last_contact: null,
  last_complete: null,
  upgrade: false,
  wiped: false,
  hold_until: 0,
  hold_from: 0,
  left: {},
  push_size: null,
  catalog_tag: null,
  reports: [],
  lock: null,
}

/** The ports and facts a sync loop runs on. */
/** Until snapshots may begin, ms. A clock that went back behind the hour of the word ends the wait: nobody waits ten years. */
export const holdLeft = ({ hold_from, hold_until }: ServerState, now: number): number =>
  now < hold_from ? 0 : Math.max(0, hold_until - now)

export interface Ground {
  store: Store
  http: Http
  clock: Clock
  random: Random
  boxes: Boxes
  storage: StorageProbe
  envelope: SealToServer
  /** Gives up every key of this store; `again` keeps what says that it was wiped under a new one. */
  destroyKey(again: () => Promise<void>): Promise<void>
  /** Name and version of the app, schema it speaks. */
  app: string
  schema: number
}

/** What the loop tells while it works. */
export interface Listener {
  changed(records: string[], types: string[]): void
  phase(phase: 'hello' | 'push' | 'snapshot' | 'pull' | 'idle'): void
  /** Something a person or the office should know; kept until seen. */
  problem(problem: Problem): void
}

interface MetaValues {
  session: SessionState
  server: ServerState
  catalog: Catalog
  problems: Problem[]
  /** A person's own phrases for visits; they never leave the phone. */
  phrases: string[]
  photo_terms: Terms
}

export async function sealMeta<K extends keyof MetaValues>(
  boxes: Boxes,
  key: K,
  value: MetaValues[K],
): Promise<MetaRow> {
  return { key, n: 0, v: ROW_VERSION, box: await boxes.seal(`meta:${key}`, value) }
}

export async function readMeta<K extends keyof MetaValues>(
  ground: Pick<Ground, 'store' | 'boxes'>,
  key: K,
): Promise<MetaValues[K] | null> {
  return openMeta(ground.boxes, key, await ground.store.read(['meta'], (tx) => tx.get('meta', key)))
}

export async function openMeta<K extends keyof MetaValues>(
  boxes: Boxes,
  key: K,
  row: MetaRow | undefined,
): Promise<MetaValues[K] | null> {
  return row?.box ? ((await boxes.open(`meta:${key}`, row.box)) as MetaValues[K]) : null
}

/** `stamp` stands in clear beside the box: a reader can tell that the value is new without opening it. */
export async function writeMeta<K extends keyof MetaValues>(
  ground: Pick<Ground, 'store' | 'boxes'>,
  key: K,
  value: MetaValues[K],
  stamp = 0,
): Promise<void> {
  const row = { ...(await sealMeta(ground.boxes, key, value)), n: stamp }
  await ground.store.write(['meta'], (tx) => tx.put('meta', [row]))
}

/** The number the next change of this device gets; in clear, because it is given inside the edit's transaction. */
export async function nextN(tx: Reader): Promise<number> {
  return (await tx.get('meta', 'next_n'))?.n ?? 1
}

export async function setNextN(tx: Writing, n: number): Promise<void> {
  await tx.put('meta', [{ key: 'next_n', n, v: ROW_VERSION, box: null }])
}
