/**
 * A server that follows a script: it speaks the protocol's shapes, keeps what it is told and can be made
 * to fail in every way a test needs. It merges nothing: verdicts other than "applied" are scripted.
 */
import { httpOver } from '@/adapters/http'
import { xor } from '@/core/sync/digest'
import type { Change, Row, Values, Verdict } from '@/core/change'
import type { Clock, Random } from '@/core/ports'
import { MemoryInstallation, memoryPhone } from '@/services/headless'
import type { Workspace } from '@/services/workspace'

export const GRID = 'grid:00000000-0000-7000-8000-000000000001'
export const GRID2 = 'grid:00000000-0000-7000-8000-000000000002'
export const USER = 'user:00000000-0000-7000-8000-0000000000aa'

export const uuid = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`

export class TestClock implements Clock {
  at = Date.parse('2026-11-22T00:00:00Z')
  private sleepers: { due: number; done: () => void }[] = []
  now = (): string => new Date(this.at).toISOString()
  millis = (): number => this.at
  wait(ms: number, stop?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.sleepers.push({ due: this.at + ms, done: resolve })
      stop?.addEventListener('abort', () => resolve())
    })
  }
  /** Waits that are still running. */
  sleeping(): number {
    return this.sleepers.length
  }
  advance(ms: number): void {
    this.at += ms
    const due = this.sleepers.filter((one) => one.due <= this.at)
    this.sleepers = this.sleepers.filter((one) => one.due > this.at)
    for (const sleeper of due) sleeper.done()
  }
}

/** Numbers that look random and are the same in every run. */
export function seeded(seed = 1): Random {
  let state = seed
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  return { fraction: next, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)) }
}

export const CATALOG = {
  schema: 1,
  min_schema: 1,
  types: {
    household: {
      parents: [],
      fields: {
        contact_person: { kind: 'text', merge: 'review' },
        contact_phone: { kind: 'text', merge: 'review' },
        note: { kind: 'long_text', merge: 'incoming' },
        needs: { kind: 'set', merge: 'set' },
        dwelling: { kind: 'reference', merge: 'review' },
      },
    },
    building: { parents: [], fields: { building_no: { kind: 'text', merge: 'review' } } },
    dwelling: { parents: ['building'], fields: { building: { kind: 'reference', merge: 'review' } } },
    residence: {
      parents: ['resident', 'dwelling'],
      fields: {
        resident: { kind: 'reference', merge: 'review' },
        dwelling: { kind: 'reference', merge: 'review' },
        household: { kind: 'reference', merge: 'review' },
        to_on: { kind: 'date', merge: 'incoming' },
      },
    },
    resident: {
      parents: [],
      fields: { name: { kind: 'text', merge: 'review' }, id_no: { kind: 'sealed', merge: 'review' } },
    },
    track: { parents: ['patrol'], fields: { patrol: { kind: 'reference', merge: 'incoming' }, fixes: { kind: 'long_text', merge: 'incoming' } } },
    visit: {
      parents: ['household'],
      fields: { household: { kind: 'reference', merge: 'incoming' }, result: { kind: 'enum', merge: 'incoming' } },
    },
    issue: {
      parents: [],
      fields: { state: { kind: 'state', merge: 'state' }, title: { kind: 'text', merge: 'incoming' } },
    },
    conflict: { parents: [], fields: {} },
    parked: { parents: [], fields: {} },
    followup: { parents: [], fields: {} },
  },
  workflow: {
    issue: {
      field: 'state',
      actions: {
        submit: { from: ['draft'], to: 'submitted', who: ['worker'], offline: true, args: [] },
        take: { from: ['dispatched'], to: 'handling', who: ['worker'], offline: true, args: [] },
        accept: { from: ['submitted'], to: 'accepted', who: ['clerk'], offline: false, args: [] },
        void: { from: ['submitted'], to: 'void', who: ['reporter'], offline: true, args: [] },
      },
    },
  },
  roles: {},
}

export interface Call {
  path: string
  body: Record<string, unknown>
  auth: string
  /** If-None-Match. */
  tag: string | null
}
type Reply = Response | Promise<Response> | undefined
type Handler = (call: Call) => Reply

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })

export const problem = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify({ type: 'about:blank', title: code, status, code }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  })

export const portal = (): Response =>
  new Response('<html>log in to the wifi</html>', { status: 200, headers: { 'content-type': 'text/html' } })

export const offline = (): never => {
  throw new TypeError('Failed to fetch')
}

interface Entry {
  seq: number
  row: Row
}

export class Script {
  timeline = 't1'
  device = uuid(900)
  calls: Call[] = []
  /** Overrides, asked first; one that returns undefined lets the usual answer through. */
  handlers: Handler[] = []
  grants = [{ scope: GRID, rights: 'write', gen: 1, revoked_at: null as string | null, grace_until: null }]
  scopes = new Map<string, Map<string, Entry>>()
  head = new Map<string, number>()
  ledger = new Map<string, { change: Change; verdict: Verdict }>()
  hello: Record<string, unknown> = {}
  durable: number | null = null
  pageRows = 1_000
  private revs = 1

  /* what stands on the server */

  rev(): string {
    return (this.revs++ * 0x9e3779b1).toString(16).padStart(16, '0').slice(-16)
  }

  put(scope: string, type: string, id: string, data: Values): Row {
    const before = this.entries(scope).get(id)?.row
    const row: Row = {
      id,
      type,
      scope,
      live: true,
      rev: this.rev(),
      ver: (before?.ver ?? 0) + 1,
      schema: 1,
      data,
      by: uuid(5),
      at: '2026-11-22T00:00:00.000Z',
    }
    this.enter(scope, row)
    return row
  }

  gone(scope: string, id: string, why: 'deleted' | 'moved' | 'undelivered' | 'purged' = 'deleted'): void {
    const { type, ver } = this.entries(scope).get(id)!.row
    this.enter(scope, { id, type, scope, live: false, why, rev: this.rev(), ver: ver + 1 })
  }

  enter(scope: string, row: Row): void {
    const seq = (this.head.get(scope) ?? 0) + 1
    this.head.set(scope, seq)
    this.entries(scope).set(row.id, { seq, row })
  }

  entries(scope: string): Map<string, Entry> {
    if (!this.scopes.has(scope)) this.scopes.set(scope, new Map())
    return this.scopes.get(scope)!
  }

  live(scope: string): Row[] {
    return [...this.entries(scope).values()].map((entry) => entry.row).filter((row) => row.live)
  }

  digest(scope: string): { live: number; digest: string } {
    const live = this.live(scope)
    return { live: live.length, digest: live.reduce((sum, row) => xor(sum, row.rev), '0'.repeat(16)) }
  }

  /** Changes that were sent, in order of arrival, sendings repeated included. */
  sent(): Change[] {
    return this.calls.filter((call) => call.path === '/sync/push').flatMap((call) => call.body.changes as Change[])
  }

  paths(): string[] {
    return this.calls.map((call) => call.path.replace(/\?.*/, '').replace(/snapshot\/.*/, 'snapshot'))
  }

  /** The next `times` calls of a path get this answer. */
  next(path: string, reply: (call: Call) => Reply, times = 1): void {
    let left = times
    this.handlers.push((call) => (call.path.startsWith(path) && left-- > 0 ? reply(call) : undefined))
  }

  /* answering */

  fetch: typeof fetch = async (input, init) => {
    const path = decodeURIComponent(String(input).replace(/^.*\/api\/v1/, ''))
    const text = init?.body ? new TextDecoder().decode(init.body as Uint8Array) : '{}'
    const headers = new Headers(init?.headers)
    const call = {
      path,
      body: JSON.parse(text),
      auth: headers.get('authorization') ?? 'cookie',
      tag: headers.get('if-none-match'),
    }
    this.calls.push(call)
    for (const handler of this.handlers) {
      const reply = handler(call)
      if (reply) return reply
    }
    return this.usual(call)
  }

  usual(call: Call): Response {
    if (call.path === '/session') {
      const user = { id: uuid(0xaa), name: '王网格', roles: ['worker'] }
      return json({
        user,
        device: { id: this.device, drain_token: 'drain-1' },
        timeline: this.timeline,
        server_time: '2026-11-22T00:00:00.000Z',
      })
    }
    if (call.path === '/catalog') return json(CATALOG)
    if (call.path === '/sync/hello') return this.helloAnswer(call)
    if (call.path === '/sync/push') return this.pushAnswer(call)
    if (call.path === '/sync/pull') return this.pullAnswer(call)
    if (call.path === '/sync/quarantine')
      return json(this.judge(JSON.parse(call.body.raw as string), { status: 'quarantined', reason: 'invalid' }))
    if (call.path.startsWith('/sync/snapshot/')) return this.snapshotAnswer(call)
    return problem(404, 'not_found')
  }

  haveN(): number {
    return Math.max(0, ...[...this.ledger.values()].map((one) => one.change.n))
  }

  private helloAnswer(call: Call): Response {
    const journal = (call.body.journal as string[] | undefined) ?? []
    const unknown = journal.filter((id) => !this.ledger.has(id))
    const claimed = call.body.scopes as Record<string, { live: number; digest: string }>
    const agree = Object.keys(claimed).filter(
      (scope) =>
        JSON.stringify(this.digest(scope)) ===
        JSON.stringify({ live: claimed[scope].live, digest: claimed[scope].digest }),
    )
    const fresh = call.body.journal ? Object.fromEntries(agree.map((scope) => [scope, this.cursor(scope)])) : {}
    const now = {
      timeline: this.timeline,
      server_time: '2026-11-22T00:00:00.000Z',
      have_n: this.haveN(),
      missing: [],
      durable_n: this.durable,
    }
    return json({
      ...now,
      grants: this.grants,
      unknown,
      fresh,
      limits: {},
      min_schema: 1,
      delay_s: 0,
      actions: [],
      ...this.hello,
    })
  }

  cursor = (scope: string): string => `${this.timeline}.${this.head.get(scope) ?? 0}`

  judge(change: Change, verdict: Partial<Verdict> = {}): Verdict {
    const known = this.ledger.get(change.id)
    if (known) return { ...known.verdict, replayed: true }
    const applied: Verdict = { id: change.id, n: change.n, status: 'applied', replayed: false, ...verdict }
    this.ledger.set(change.id, { change, verdict: applied })
    if (applied.status === 'applied' && ['create', 'update', 'undelete', 'transition'].includes(change.op)) {
      const before = this.entries(change.scope).get(change.record)?.row
      const typed = Object.fromEntries(Object.entries(change.set ?? {}).map(([name, patch]) => [name, patch.to]))
      applied.row = this.put(change.scope, change.type, change.record, {
        ...(before?.live ? before.data : {}),
        ...typed,
      })
    }
    if (applied.status === 'applied' && change.op === 'delete') this.gone(change.scope, change.record)
    return applied
  }

  private pushAnswer(call: Call): Response {
    const changes = call.body.changes as Change[]
    if (call.body.timeline !== this.timeline) return problem(409, 'timeline_changed')
    return this.verdicts(changes.map((change) => this.judge(change)))
  }

  verdicts(verdicts: Verdict[]): Response {
    return json({ timeline: this.timeline, have_n: this.haveN(), ack: `mac-${this.haveN()}`, verdicts })
  }

  private pullAnswer(call: Call): Response {
    if (call.body.timeline !== this.timeline) return problem(409, 'timeline_changed')
    const pages = Object.entries(call.body.scopes as Record<string, string | null>).map(([scope, cursor]) => {
      if (!this.grants.some((grant) => grant.scope === scope && !grant.revoked_at)) return { scope, revoked: true }
      const from = Number((cursor ?? '.0').split('.')[1])
      const due = [...this.entries(scope).values()].filter((entry) => entry.seq > from).sort((a, b) => a.seq - b.seq)
      const rows = due.slice(0, this.pageRows)
      const more = rows.length < due.length
      const at = more ? rows[rows.length - 1].seq : (this.head.get(scope) ?? 0)
      return {
        scope,
        rows: rows.map((entry) => entry.row),
        cursor: `${this.timeline}.${at}`,
        more,
        ...(more ? {} : { head: this.digest(scope) }),
      }
    })
    return json({ timeline: this.timeline, pages })
  }

  snapshotLines(call: Call): string[] {
    const url = new URL(call.path, 'http://x')
    const scope = url.pathname.split('/')[3]
    const rows = this.live(scope).sort((a, b) => (`${a.type}/${a.id}` < `${b.type}/${b.id}` ? -1 : 1))
    const after = url.searchParams.get('after') ?? ''
    const rest = rows.filter((row) => `${row.type}/${row.id}` > after)
    const cursor = url.searchParams.get('cursor') ?? this.cursor(scope)
    const head = { scope, timeline: this.timeline, cursor, live: rows.length }
    return [head, ...rest, { end: true, sent: rest.length }].map((line) => JSON.stringify(line))
  }

  private snapshotAnswer(call: Call): Response {
    return ndjson(this.snapshotLines(call).join('\n') + '\n')
  }
}

export const ndjson = (text: string): Response =>
  new Response(text, { status: 200, headers: { 'content-type': 'application/x-ndjson' } })

export interface Bench {
  script: Script
  clock: TestClock
  installation: MemoryInstallation
  work: Workspace
}

/** A phone with worker1 logged in against a script; nothing synced yet. */
export async function bench(prepare: (script: Script) => void = () => undefined): Promise<Bench> {
  const script = new Script()
  prepare(script)
  const clock = new TestClock()
  const installation = new MemoryInstallation()
  const phone = phoneOf(script, clock, installation)
  const work = await phone.login('worker1', 'secret')
  return { script, clock, installation, work }
}

export function phoneOf(script: Script, clock: TestClock, installation: MemoryInstallation) {
  const http = httpOver({ origin: '', fetch: script.fetch, timeout: 5_000, silence: 5_000, gzip: false })
  return memoryPhone({ http, clock, installation, random: seeded() })
}

/** The app is killed and started again without a network need. */
export async function restart(on: Bench): Promise<Workspace> {
  on.installation.crash()
  on.work = await phoneOf(on.script, on.clock, on.installation).open(uuid(0xaa))
  return on.work
}
