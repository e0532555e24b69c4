/** What hello, push and pull answer, read strictly: an answer that does not fit is not ours. */
import type { GoneRow, LiveRow, Row, Verdict } from '../change'
import { Fault, isObject } from './faults'

export interface Limits {
  change_bytes: number
  push_changes: number
  push_bytes: number
  pull_rows: number
  /** Greatest and least bytes of a photo in one request. */
  tus_chunk: number
  tus_chunk_min: number
}

export const DEFAULT_LIMITS: Limits = {
  change_bytes: 65_536,
  push_changes: 50,
  push_bytes: 524_288,
  pull_rows: 1_000,
  tus_chunk: 262_144,
  tus_chunk_min: 32_768,
}

export interface GrantLine {
  scope: string
  rights: 'read' | 'write'
  gen: number
  revoked_at: string | null
  grace_until: string | null
}

export interface Action {
  name: string
  /** null: all scopes. */
  scope: string | null
}

export interface HelloAnswer {
  timeline: string
  server_time: string | null
  have_n: number
  missing: [number, number][]
  durable_n: number | null
  grants: GrantLine[]
  unknown: string[]
  fresh: Record<string, string>
  limits: Limits
  min_schema: number
  delay_s: number
  lock: LockRules | null
  actions: Action[]
}

/** What the server says of the lock. */
export interface LockRules {
  pin_required: boolean
  lease_hours: number
}

export const lockRulesOf = (raw: unknown): LockRules | null =>
  isObject(raw) && typeof raw.pin_required === 'boolean' && isCount(raw.lease_hours)
    ? { pin_required: raw.pin_required, lease_hours: raw.lease_hours }
    : null

export interface PullPage {
  scope: string
  rows: Row[]
  cursor: string | null
  more: boolean
  head: { live: number; digest: string } | null
  revoked: boolean
  resnapshot: boolean
}

const HEX16 = /^[0-9a-f]{16}$/
const STATUSES = ['applied', 'merged', 'conflict', 'parked', 'quarantined']

function need(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Fault('refused', what)
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

function limitsOf(raw: unknown): Limits {
  const given = isObject(raw) ? raw : {}
  const entries = Object.entries(DEFAULT_LIMITS).map(([name, usual]) => {
    const limit = given[name]
    return [name, isCount(limit) && limit > 0 ? limit : usual]
  })
  return Object.fromEntries(entries) as Limits
}

function grantOf(raw: unknown): GrantLine {
  need(isObject(raw) && isText(raw.scope) && isCount(raw.gen), 'grant')
  const text = (value: unknown): string | null => (isText(value) ? value : null)
  const rights = raw.rights === 'write' ? 'write' : 'read'
  return {
    scope: raw.scope,
    rights,
    gen: raw.gen,
    revoked_at: text(raw.revoked_at),
    grace_until: text(raw.grace_until),
  }
}

/** `"resnapshot"`, `"resnapshot:<scope>"` or `{action, scope}`. */
function actionOf(raw: unknown): Action {
  if (isText(raw)) {
    const cut = raw.indexOf(':')
    return cut < 0 ? { name: raw, scope: null } : { name: raw.slice(0, cut), scope: raw.slice(cut + 1) }
  }
  const given = isObject(raw) ? raw : {}
  return { name: String(given.action ?? given.name ?? ''), scope: isText(given.scope) ? given.scope : null }
}

export function readHello(raw: unknown): HelloAnswer {
  need(isObject(raw) && isText(raw.timeline) && isCount(raw.have_n) && Array.isArray(raw.grants), 'hello')
  const missing = listOf(raw.missing).filter((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isCount))
  const fresh = Object.entries(isObject(raw.fresh) ? raw.fresh : {}).filter((entry) => isText(entry[1]))
  return {
    timeline: raw.timeline,
    server_time: isText(raw.server_time) ? raw.server_time : null,
    have_n: raw.have_n,
    missing: missing as [number, number][],
    durable_n: isCount(raw.durable_n) ? raw.durable_n : null,
    grants: raw.grants.map(grantOf),
    unknown: listOf(raw.unknown).filter(isText),
    fresh: Object.fromEntries(fresh) as Record<string, string>,
    limits: limitsOf(raw.limits),
    min_schema: isCount(raw.min_schema) ? raw.min_schema : 0,
    delay_s: isCount(raw.delay_s) ? raw.delay_s : 0,
    lock: lockRulesOf(raw.lock),
    actions: listOf(raw.actions).map(actionOf),
  }
}

export interface PushAnswer {
  timeline: string
  have_n: number
  ack: unknown
  verdicts: Verdict[]
  actions: Action[]
}

/** One verdict a change, same ids (null where the server could not read one), same order; else all is ignored. */
export function readPush(raw: unknown, ids: string[]): PushAnswer {
  need(isObject(raw) && isText(raw.timeline) && isCount(raw.have_n) && Array.isArray(raw.verdicts), 'push')
  need(raw.verdicts.length === ids.length, 'verdict_count')
  raw.verdicts.forEach((verdict: unknown, at) => {
    need(isObject(verdict) && (verdict.id === ids[at] || verdict.id === null), 'verdict_id')
    need(isText(verdict.status) && STATUSES.includes(verdict.status), 'verdict_status')
    if (verdict.row !== null && verdict.row !== undefined) readRow(verdict.row)
  })
  return {
    timeline: raw.timeline,
    have_n: raw.have_n,
    ack: raw.ack ?? null,
    verdicts: raw.verdicts as Verdict[],
    actions: listOf(raw.actions).map(actionOf),
  }
}

/** The verdict of one quarantined change. */
export function readVerdict(raw: unknown, id: string): Verdict {
  const found = isObject(raw) && isObject(raw.verdict) ? raw.verdict : raw
  need(isObject(found) && found.id === id && STATUSES.includes(String(found.status)), 'verdict')
  return found as unknown as Verdict
}

export function readRow(raw: unknown): Row {
  need(isObject(raw) && isText(raw.id) && isText(raw.type) && isText(raw.scope) && isCount(raw.ver), 'row')
  need(isText(raw.rev) && HEX16.test(raw.rev), 'row_rev')
  if (raw.live === false) return raw as unknown as GoneRow
  need(raw.live === true && isObject(raw.data), 'row_data')
  return raw as unknown as LiveRow
}

function readHead(raw: unknown): PullPage['head'] {
  if (raw === undefined || raw === null) return null
  need(isObject(raw) && isCount(raw.live) && isText(raw.digest) && HEX16.test(raw.digest), 'head')
  return { live: raw.live, digest: raw.digest }
}

function readPage(raw: unknown): PullPage {
  need(isObject(raw) && isText(raw.scope), 'page')
  const page = { scope: raw.scope, rows: [], cursor: null, more: false, head: null, revoked: false, resnapshot: false }
  if (raw.revoked === true) return { ...page, revoked: true }
  if (raw.resnapshot === true) return { ...page, resnapshot: true }
  need(Array.isArray(raw.rows) && typeof raw.more === 'boolean' && (isText(raw.cursor) || raw.cursor === null), 'page')
  return { ...page, rows: raw.rows.map(readRow), cursor: raw.cursor, more: raw.more, head: readHead(raw.head) }
}

export function readPull(raw: unknown, asked: string[]): { timeline: string; pages: PullPage[] } {
  need(isObject(raw) && isText(raw.timeline) && Array.isArray(raw.pages), 'pull')
  const pages = raw.pages.map(readPage)
  need(
    pages.every((page) => asked.includes(page.scope)),
    'page_scope',
  )
  need(new Set(pages.map((page) => page.scope)).size === pages.length, 'page_twice')
  return { timeline: raw.timeline, pages }
}
