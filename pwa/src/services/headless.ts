/** A phone without a browser: the real client over memory stores, for tests and for driving it from outside. */
import { boxesUnder, newDeviceKey } from '../adapters/crypto'
import { sealToServer } from '../adapters/envelope'
import { processLocks } from '../adapters/locks'
import { pinCrypto } from '../adapters/pin'
import { emptyDisk, MemoryStore, type Disk } from '../adapters/store/memory'
import { systemClock } from '../adapters/clock'
import { httpOver } from '../adapters/http'
import { systemRandom } from '../adapters/random'
import type { LockRow } from '../core/lock'
import type { Boxes, Clock, Entry, Http, Installation, Network, Random, Signals } from '../core/ports'
import type { Store } from '../core/store'
import * as photoSending from './photo_sending'
import { openPhone } from './phone'
import type { Phone } from './workspace'

/** Disks of users that outlive their stores, as a phone's storage outlives the app. */
export class MemoryInstallation implements Installation {
  readonly disks = new Map<string, Disk>()
  /** Open stores, newest last: what a crash kills. */
  readonly stores = new Map<string, MemoryStore[]>()
  private readonly people = new Map<string, Entry>()
  private readonly boxes = new Map<string, Boxes>()
  readonly locks = new Map<string, LockRow>()

  async entries(): Promise<Entry[]> {
    return [...this.people.values()]
  }

  async keep(entry: Entry): Promise<void> {
    this.people.set(entry.id, entry)
  }

  async remove(userId: string): Promise<void> {
    for (const held of [this.disks, this.stores, this.boxes, this.locks, this.people]) held.delete(userId)
  }

  async open(userId: string): Promise<{ store: Store; boxes: Boxes }> {
    const disk = this.disks.get(userId) ?? emptyDisk()
    this.disks.set(userId, disk)
    const boxes = this.boxes.get(userId) ?? boxesUnder(await newDeviceKey())
    this.boxes.set(userId, boxes)
    const store = new MemoryStore(disk)
    this.stores.set(userId, [...(this.stores.get(userId) ?? []), store])
    return { store, boxes }
  }

  async lock(userId: string): Promise<LockRow | null> {
    return structuredClone(this.locks.get(userId) ?? null)
  }

  async keepLock(userId: string, change: (row: LockRow | null) => LockRow | null): Promise<LockRow | null> {
    const next = change(structuredClone(this.locks.get(userId) ?? null))
    if (next) this.locks.set(userId, structuredClone(next))
    else this.locks.delete(userId)
    return next
  }

  /** A memory keeps nothing of what was overwritten. */
  replaceKey(_userId: string, again: () => Promise<void>): Promise<void> {
    return again()
  }

  /** The same phone bought twice: disks and keys as they are now. */
  twin(): MemoryInstallation {
    const twin = new MemoryInstallation()
    for (const [user, entry] of this.people) twin.people.set(user, entry)
    for (const [user, boxes] of this.boxes) twin.boxes.set(user, boxes)
    for (const [user, row] of this.locks) twin.locks.set(user, structuredClone(row))
    for (const [user, { tables }] of this.disks)
      twin.disks.set(user, { tables: structuredClone(tables), queue: Promise.resolve() })
    return twin
  }

  /** The app is killed: nothing uncommitted survives, open workspaces answer nothing more. */
  crash(): void {
    for (const stores of this.stores.values()) for (const store of stores) store.crash()
    this.stores.clear()
  }
}

/** `fetch` with the cookies a browser would keep, one jar a phone. */
export function cookieFetch(inner: typeof fetch): typeof fetch {
  const jar = new Map<string, string>()
  return async (input, init) => {
    const headers = new Headers(init?.headers)
    if (init?.credentials !== 'omit' && jar.size)
      headers.set('cookie', [...jar].map((pair) => pair.join('=')).join('; '))
    const answer = await inner(input, { ...init, headers })
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(';')
      const cut = pair.indexOf('=')
      jar.set(pair.slice(0, cut), pair.slice(cut + 1))
    }
    return answer
  }
}

export interface MemoryPhonePorts {
  /** Address of the server, '' with a scripted `fetch`. */
  origin?: string
  fetch?: typeof fetch
  /** Takes the place of `origin` and `fetch`. */
  http?: Http
  installation?: MemoryInstallation
  clock?: Clock
  network?: () => Network
  random?: Random
  clearOutside?: () => Promise<void>
  app?: string
  schema?: number
}

const silence = (): Signals => ({ post: () => undefined, listen: () => () => undefined, close: () => undefined })

export function memoryPhone(ports: MemoryPhonePorts = {}): Phone {
  const fetching = cookieFetch(ports.fetch ?? fetch)
  const usual = { origin: ports.origin ?? '', fetch: fetching, timeout: 30_000, silence: 30_000, gzip: true }
  return openPhone({
    installation: ports.installation ?? new MemoryInstallation(),
    http: ports.http ?? httpOver(usual),
    clock: ports.clock ?? systemClock,
    random: ports.random ?? systemRandom,
    locks: processLocks(),
    pin: { ...pinCrypto, rounds: 1_000 }, // as slow as a phone's only where a phone is tried
    envelope: sealToServer,
    signals: silence,
    storage: async () => null,
    onWake: () => () => undefined,
    network: ports.network ?? (() => 'unknown'),
    senderPart: async () => photoSending,
    clearOutside: ports.clearOutside ?? (async () => undefined),
    deviceName: 'headless',
    app: ports.app ?? 'grid-headless',
    schema: ports.schema ?? 1,
  })
}
