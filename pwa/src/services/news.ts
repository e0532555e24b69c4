/** What is new in one store: its standing, and telling pages and other tabs about it. */
import type { Catalog } from '../core/catalog'
import type { Signals } from '../core/ports'
import type { CursorRow } from '../core/store'
import { FIRST_STATE, readMeta, writeMeta, type Ground, type Problem, type ServerState } from '../core/sync/state'
import { standing, type Moving } from './standing'
import type { Notice, SyncProblem, SyncStatus } from './status'
import type { Watcher } from './syncing'

/** Problems kept at most; the oldest go first. */
const KEPT = 20

/** A store that is gone (closed, app killed) has no news any more. */
const gone = (): void => undefined

const sameMatter = (one: Problem, other: Problem): boolean =>
  one.kind === other.kind && one.params.scope === other.params.scope && one.params.record === other.params.record

export class News implements Watcher {
  catalog: Catalog | null = null
  server: ServerState = FIRST_STATE
  cursors: CursorRow[] = []
  status!: SyncStatus
  moving: Moving = { phase: 'idle', online: null, retryAt: null }
  private readonly listeners = new Set<(notice: Notice) => void>()
  private problems: Promise<void> = Promise.resolve()
  private refreshing: Promise<void> | null = null
  private unkept: Problem[] = []
  private stale = false
  private catalogStamp = 0
  private ended = false

  constructor(
    private readonly ground: Ground,
    private readonly signals: Signals,
  ) {}

  subscribe(listener: (notice: Notice) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** A commit of this tab. */
  changed(records: string[], types: string[], wrote = false): void {
    if (this.ended) return
    const notice: Notice = { records: [...new Set(records)], types: [...new Set(types)], status: true }
    this.signals.post({ notice, wrote })
    void this.heard(notice).catch(gone)
  }

  /** A commit, here or in another tab. */
  async heard(notice: Notice): Promise<void> {
    await this.refresh()
    this.tell(notice)
  }

  phase(): void {
    this.moved()
  }

  moved(): void {
    this.refresh().catch(gone)
  }

  problem(problem: Problem): void {
    const known = (all: Problem[]): Problem[] =>
      [...all.filter((one) => !sameMatter(one, problem)), problem].slice(-KEPT)
    // a full store keeps no word of it: then it is told for as long as the app runs
    void this.change(known, () => (this.unkept = known(this.unkept)))
  }

  dismiss(problem: SyncProblem): Promise<void> {
    const others = (all: Problem[]): Problem[] =>
      all.filter((one) => one.kind !== problem.kind || one.at !== problem.at)
    this.unkept = others(this.unkept)
    return this.change(others)
  }

  private change(make: (all: Problem[]) => Problem[], failed: () => void = gone): Promise<void> {
    this.problems = this.problems
      .then(async () => writeMeta(this.ground, 'problems', make((await readMeta(this.ground, 'problems')) ?? [])))
      .catch(failed)
      .then(() => this.refresh())
      .catch(gone)
    return this.problems
  }

  /** Resolves when every problem told so far is kept. */
  settled(): Promise<void> {
    return this.problems
  }

  /** Reads the standing again; calls while one runs share one more. */
  refresh(): Promise<void> {
    this.stale = true
    this.refreshing ??= this.whileStale().finally(() => {
      this.refreshing = null
    })
    return this.refreshing
  }

  private async whileStale(): Promise<void> {
    while (this.stale && !this.ended) {
      this.stale = false
      await this.read()
      this.tell({ records: [], types: [], status: true })
    }
  }

  private async read(): Promise<void> {
    const { status, cursors, server, catalogStamp } = await standing(this.ground, this.moving)
    if (catalogStamp !== this.catalogStamp) {
      // large and rarely new: opened only when its stamp moved
      this.catalog = await readMeta(this.ground, 'catalog')
      this.catalogStamp = catalogStamp
    }
    this.server = server
    this.status = { ...status, problems: [...status.problems, ...(this.unkept as SyncProblem[])] }
    this.cursors = cursors
  }

  locked(): void {
    this.tell({ records: [], types: [], status: false, locked: true })
  }

  private tell(notice: Notice): void {
    if (!this.ended) for (const listener of this.listeners) listener(notice)
  }

  end(): void {
    this.ended = true
    this.listeners.clear()
  }
}
