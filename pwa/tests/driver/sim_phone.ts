/** One simulated phone: the real client, every port in somebody else's hand. */
import { boxesUnder, newDeviceKey } from '../../src/adapters/crypto'
import { httpOver } from '../../src/adapters/http'
import { processLocks } from '../../src/adapters/locks'
import { pinCrypto } from '../../src/adapters/pin'
import { emptyDisk, type Disk } from '../../src/adapters/store/memory'
import type { Boxes, Clock, Http, Random } from '../../src/core/ports'
import type { Draft } from '../../src/core/change'
import { MemoryInstallation } from '../../src/services/headless'
import * as photoSending from '../../src/services/photo_sending'
import { openPhone } from '../../src/services/phone'
import type { Phone, Workspace } from '../../src/services/workspace'
import { SimStore, type Plan } from './sim_store'

export class SimClock implements Clock {
  at = 0
  millis = (): number => this.at
  now = (): string => new Date(this.at).toISOString()
  wait = async (ms: number): Promise<void> => {
    this.at += ms
  }
}

/** Numbers from a seed; the text makes streams of one seed differ. */
export function seededBy(seed: number, text: string): Random {
  let state = seed >>> 0
  for (const letter of text) state = (Math.imul(state ^ letter.charCodeAt(0), 0x01000193) + 0x9e3779b9) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return { fraction: next, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)) }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Boxes that only carry: what is sealed and for what, checked at opening as the real ones do. */
export const clearBoxes = (): Boxes => ({
  seal: async (about, value) => encoder.encode(`${about}\n${JSON.stringify(value)}`),
  open: async (about, box) => {
    const text = decoder.decode(box)
    if (!text.startsWith(`${about}\n`)) throw new Error(`a box of ${about} holds something else`)
    return JSON.parse(text.slice(about.length + 1)) as unknown
  },
  sealBytes: async (_about, bytes) => bytes.slice(),
  openBytes: async (_about, box) => box.slice(),
})

export class SimInstallation extends MemoryInstallation {
  private readonly kept = new Map<string, Boxes>()

  constructor(
    readonly plan: Plan,
    private readonly aes: boolean,
    private readonly busy: <T>(work: Promise<T>) => Promise<T>,
  ) {
    super()
  }

  override async open(userId: string): Promise<{ store: SimStore; boxes: Boxes }> {
    const disk = this.disks.get(userId) ?? emptyDisk()
    this.disks.set(userId, disk)
    const boxes = this.kept.get(userId) ?? (this.aes ? await this.realBoxes() : clearBoxes())
    this.kept.set(userId, boxes)
    const store = new SimStore(disk, this.plan)
    this.stores.set(userId, [...(this.stores.get(userId) ?? []), store])
    return { store, boxes }
  }

  /** Real boxes work outside the event loop: quiet waits for them. */
  private async realBoxes(): Promise<Boxes> {
    const boxes = boxesUnder(await this.busy(newDeviceKey()))
    return {
      seal: (about, value) => this.busy(boxes.seal(about, value)),
      open: (about, box) => this.busy(boxes.open(about, box)),
      sealBytes: (about, bytes) => this.busy(boxes.sealBytes(about, bytes)),
      openBytes: (about, box) => this.busy(boxes.openBytes(about, box)),
    }
  }

  boxesOf(userId: string): Boxes | undefined {
    return this.kept.get(userId)
  }

  /** The same phone bought twice: disks and keys as they are now. */
  async copyFrom(other: SimInstallation): Promise<void> {
    for (const entry of await other.entries()) await this.keep(entry)
    for (const [user, disk] of other.disks) this.disks.set(user, copyOf(disk))
    for (const [user, boxes] of other.kept) this.kept.set(user, boxes)
  }
}

export const copyOf = (disk: Disk): Disk => ({ tables: structuredClone(disk.tables), queue: Promise.resolve() })

export interface Making {
  name: string
  seed: number
  aes: boolean
  schema: number
  bugs: ReadonlySet<string>
  fetch: typeof fetch
  breach(text: string): void
  busy<T>(work: Promise<T>): Promise<T>
}

export class SimPhone {
  readonly clock = new SimClock()
  readonly plan: Plan
  readonly installation: SimInstallation
  readonly tabs = new Map<string, Workspace>()
  readonly backups = new Map<string, Map<string, Disk>>()
  user: string | null = null
  schema: number
  /** Changes of rows that lay here, until they are offered to the server. */
  private readonly seen = new Set<string>()
  private locks = processLocks()
  private readonly http: Http
  private readonly random: Random

  constructor(private readonly made: Making) {
    const { bugs, breach } = made
    this.schema = made.schema
    this.plan = { calls: null, kill: () => this.kill(), breach, typing: [], bugs }
    this.installation = new SimInstallation(this.plan, made.aes, made.busy)
    this.random = seededBy(made.seed, made.name)
    const never = 2 ** 31 - 1
    this.http = careless(httpOver({ origin: '', fetch: made.fetch, timeout: never, silence: never, gzip: false }), bugs)
  }

  /** The app is gone: every tab of it, whatever ran; its lock with it. */
  kill(): void {
    this.installation.crash()
    this.tabs.clear()
    this.locks = processLocks()
  }

  phone(): Phone {
    const silent = { post: () => undefined, listen: () => () => undefined, close: () => undefined }
    return openPhone({
      installation: this.installation,
      http: this.http,
      clock: this.clock,
      random: this.random,
      pin: pinCrypto,
      envelope: async (sealing, id) => ({ key: sealing.key, box: id }), // no sealed copy is sent here
      locks: { hold: (name, work) => this.locks.hold(name, work) },
      signals: () => silent,
      storage: async () => null,
      onWake: () => () => undefined,
      network: () => 'unknown',
      senderPart: async () => photoSending,
      clearOutside: async () => undefined,
      deviceName: this.made.name,
      app: 'grid-sim',
      schema: this.schema,
    })
  }

  /** The disk of whoever uses this phone. */
  disk(): Disk | undefined {
    return this.user === null ? undefined : this.installation.disks.get(this.user)
  }

  ids(table: 'outbox' | 'journal'): string[] {
    return [...(this.disk()?.tables.get(table)?.values() ?? [])].map((row) => String(row.id))
  }

  private lies(record: string): boolean {
    return this.disk()?.tables.get('base')?.has(JSON.stringify(record)) ?? false
  }

  watch(made: Draft[]): void {
    for (const change of made) if (this.lies(change.record)) this.seen.add(change.id)
  }

  /** The row under an edit stays as long as nobody was offered the edit: else the person sees half of a record. */
  lookAtWaiting(): void {
    const rows = [...(this.disk()?.tables.get('outbox')?.values() ?? [])]
    for (const { id, record, type, offered } of rows)
      if (this.seen.has(String(id)) && !offered && !this.lies(String(record)))
        this.plan.breach(`I6 the ${String(type)} under change ${String(id)} went while the change waits`)
  }

  async drafts(only: ReadonlySet<string>): Promise<(Draft & { n: number })[]> {
    const boxes = this.user === null ? undefined : this.installation.boxesOf(this.user)
    const rows = [...(this.disk()?.tables.get('outbox')?.values() ?? [])].filter((row) => only.has(String(row.id)))
    return Promise.all(
      rows.map(async (row) => ({
        ...((await boxes?.open(`outbox:${String(row.id)}`, row.box as Uint8Array)) as Draft),
        n: Number(row.n),
      })),
    )
  }
}

/** What a careless client would do with answers, by the name of the bug. */
function careless(http: Http, bugs: ReadonlySet<string>): Http {
  if (!bugs.has('lost_answer_is_done') && !bugs.has('short_snapshot_is_whole')) return http
  return {
    ...http,
    async send(request) {
      if (!bugs.has('lost_answer_is_done') || request.path !== '/sync/push') return http.send(request)
      return http.send(request).catch(() => {
        const body = request.body as { timeline: string; changes: { id: string; n: number }[] }
        const verdicts = body.changes.map(({ id, n }) => ({ id, n, status: 'applied', replayed: false }))
        const have_n = Math.max(...body.changes.map(({ n }) => n))
        const answer = { timeline: body.timeline, have_n, ack: null, verdicts }
        return { status: 200, type: 'application/json', retryAfter: null, tag: null, body: answer }
      })
    },
    async stream(request) {
      const answer = await http.stream(request)
      if (!bugs.has('short_snapshot_is_whole') || answer.status !== 200) return answer
      return { ...answer, lines: ended(answer.lines) }
    },
  }
}

async function* ended(lines: AsyncIterable<{ line: string; bytes: number }>) {
  let sent = -1
  let last = false
  for await (const piece of lines) {
    last = piece.line.startsWith('{"end"')
    if (!last) sent += 1
    yield piece
  }
  if (!last && sent >= 0) yield { line: JSON.stringify({ end: true, sent }), bytes: 0 }
}
