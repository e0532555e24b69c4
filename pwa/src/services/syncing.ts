/** When to sync: now, after writes, when asked, every few minutes; one loop a store across all tabs. */
import { backoff } from '../core/backoff'
import type { Locks } from '../core/ports'
import { syncRound, type Outcome, type Round } from '../core/sync/loop'
import type { Ground, Listener } from '../core/sync/state'
import type { Moving } from './standing'
import type { SyncResult } from './status'

/** Quiet time after a write before it is sent, ms: edits come in bursts, and undo works until then. */
const AFTER_WRITE = 6_000
/** Between rounds without cause, ms. */
const EVERY = 5 * 60_000
/** Least time between two rounds that were not asked for, ms. */
const LEAST = 1_000

export interface Watcher extends Listener {
  moved(): void
}

/** Until a tab asks again that found another one syncing, ms: what it knows of the network is its own. */
const AFTER_BUSY = 3_000

/** Faults after which nobody can say that the server is there. */
const UNHEARD = ['no_answer', 'not_ours', 'broken_off']

/** Outcomes that reached the server. */
const REACHED: Outcome[] = ['complete', 'drained', 'waiting', 'login', 'upgrade', 'wiped']

/** Outcomes that only a session that counts gets. */
const OWN: Outcome[] = ['complete', 'waiting', 'upgrade']

export class Syncing {
  readonly moving: Moving = { phase: 'idle', online: null, retryAt: null }
  private running: Promise<SyncResult> | null = null
  private stop: AbortController | null = null
  private wake = new AbortController()
  private faults = 0

  constructor(
    private readonly ground: Ground,
    private readonly locks: Locks,
    private readonly lockName: string,
    private readonly watcher: Watcher,
    /** Records are through for now: photos may follow. */
    private readonly after: () => void,
    /** The server answered this person's own session. */
    private readonly onContact: () => Promise<void>,
  ) {}

  /** One round now; a running one is joined. */
  once(): Promise<SyncResult> {
    this.running ??= this.round().finally(() => {
      this.running = null
    })
    return this.running
  }

  private async round(): Promise<SyncResult> {
    const listener: Listener = {
      changed: (records, types) => this.watcher.changed(records, types),
      problem: (problem) => this.watcher.problem(problem),
      phase: (phase) => this.tell({ phase }),
    }
    const done = await this.locks
      .hold(this.lockName, () => syncRound(this.ground, listener))
      .catch((fault: unknown) => {
        // not the network: this phone's own store failed (full, damaged, gone)
        this.watcher.problem({ kind: 'storage', at: this.ground.clock.now(), params: { message: String(fault) } })
        throw fault
      })
    if (done === 'busy') return { outcome: 'busy', retry_after_ms: null }
    this.count(done)
    if (OWN.includes(done.outcome)) await this.onContact()
    if (this.stop && REACHED.includes(done.outcome)) this.after()
    return { outcome: done.outcome, retry_after_ms: done.retryAfter }
  }

  private count(done: Round): void {
    this.faults = done.outcome === 'offline' ? this.faults + 1 : 0
    const answered =
      REACHED.includes(done.outcome) || (done.code !== null && !UNHEARD.includes(done.code))
    this.tell({ online: answered })
  }

  private tell(change: Partial<Moving>): void {
    Object.assign(this.moving, change)
    this.watcher.moved()
  }

  get going(): boolean {
    return this.stop !== null
  }

  /** Begins to sync by itself until `end`. */
  start(): void {
    if (this.stop) return
    this.stop = new AbortController()
    void this.keep(this.stop.signal)
  }

  private async keep(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const result = await this.once().catch((): SyncResult => ({ outcome: 'offline', retry_after_ms: null }))
      if (result.outcome === 'wiped' || stop.aborted) return
      const wait = this.pause(result)
      if (result.outcome === 'waiting') this.tell({ phase: 'waiting' })
      this.tell({ retryAt: result.outcome === 'offline' ? this.ground.clock.millis() + wait : null })
      await this.sleep(wait, stop)
    }
  }

  private pause(result: SyncResult): number {
    const fraction = this.ground.random.fraction()
    if (result.outcome === 'offline') return backoff(this.faults, fraction, result.retry_after_ms)
    if (result.outcome === 'busy') return AFTER_BUSY * (0.5 + fraction)
    if (result.outcome === 'waiting') return Math.max(LEAST, result.retry_after_ms ?? LEAST)
    return EVERY * (0.9 + fraction / 5)
  }

  private async sleep(ms: number, stop: AbortSignal): Promise<void> {
    this.wake = new AbortController()
    const wake = this.wake
    const cut = (): void => wake.abort()
    stop.addEventListener('abort', cut)
    await this.ground.clock.wait(ms, wake.signal)
    stop.removeEventListener('abort', cut)
  }

  /** A write was committed: send soon, unless the link just failed (then the pause stands). */
  async written(): Promise<void> {
    if (!this.stop || this.faults) return
    const { signal } = this.stop
    await this.ground.clock.wait(AFTER_WRITE, signal)
    if (!signal.aborted) this.wake.abort()
  }

  /** The network came back, the app came to the front: try at once. */
  nudge(): void {
    this.wake.abort()
  }

  end(): void {
    this.stop?.abort()
    this.stop = null
  }

  /** Resolves when no round is running. */
  async settled(): Promise<void> {
    await this.running?.catch(() => undefined)
  }
}
