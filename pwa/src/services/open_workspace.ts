/** A workspace over one store: reads, writes, status and the sync loop put together. */
import type { Catalog } from '../core/catalog'
import type { Draft } from '../core/change'
import { uuid7 } from '../core/id'
import type { Locks, Signals } from '../core/ports'
import type { CursorRow } from '../core/store'
import { FIRST_STATE, readMeta, writeMeta, type Ground, type Problem, type ServerState } from '../core/sync/state'
import { offlineActions, workflowOf } from '../core/workflow'
import { journalItems, outboxItems } from './items'
import { listViews, readAllViews, readViews, type Source } from './records'
import { rescueText } from './rescue'
import { standing } from './standing'
import { Syncing } from './syncing'
import { undo } from './undo'
import {
  WorkspaceProblem,
  type ChangeItem,
  type CreateOptions,
  type Grant,
  type ItemState,
  type ListQuery,
  type Notice,
  type Person,
  type RecordView,
  type SyncProblem,
  type SyncResult,
  type SyncStatus,
  type UpdateExtras,
  type Values,
  type Workspace,
  type Writer,
  type Written,
} from './workspace'
import { commit, Drafting, type Desk } from './writing'
import type { Resolution } from '../core/change'

/** What a workspace is made of. `session` talks to the server about who is logged in. */
export interface Parts {
  ground: Ground
  user: Person
  locks: Locks
  signals: Signals
  lockName: string
  session: { login(password: string): Promise<void>; logout(): Promise<void> }
  /** Calls back when the network may be there again; returns the function that ends it. */
  onWake(nudge: () => void): () => void
}

export class OpenWorkspace implements Workspace {
  readonly user: Person
  private known: Catalog | null = null
  private server: ServerState = FIRST_STATE
  private cursors: CursorRow[] = []
  private now!: SyncStatus
  private readonly listeners = new Set<(notice: Notice) => void>()
  private readonly syncing: Syncing
  private readonly source: Source
  private readonly desk: Desk
  private readonly single: Writer
  private readonly endings: (() => void)[] = []
  private problems: Promise<void> = Promise.resolve()
  private refreshing: Promise<void> | null = null
  private stale = false
  private closed = false

  private constructor(private readonly parts: Parts) {
    const { ground } = parts
    this.user = parts.user
    this.source = { store: ground.store, boxes: ground.boxes, catalog: () => this.known }
    this.desk = { ground, catalog: () => this.known, server: () => this.server }
    this.single = new Drafting(this.desk, null, async (made) => (await this.keep([made]))[0])
    this.syncing = new Syncing(ground, parts.locks, parts.lockName, {
      changed: (records, types) => this.changed(records, types),
      problem: (problem) => this.problem(problem),
      phase: () => undefined,
      moved: () => void this.refresh(),
    })
  }

  static async open(parts: Parts): Promise<OpenWorkspace> {
    const workspace = new OpenWorkspace(parts)
    await workspace.refreshNow()
    workspace.endings.push(parts.signals.listen((notice) => void workspace.heard(notice as Notice)))
    workspace.endings.push(parts.onWake(() => workspace.syncing.nudge()))
    return workspace
  }

  /* reading */

  async view(id: string): Promise<RecordView | null> {
    return (await this.views([id]))[0] ?? null
  }

  views(ids: string[]): Promise<RecordView[]> {
    return readViews(this.source, ids)
  }

  list(type: string, query: ListQuery = {}): Promise<RecordView[]> {
    return listViews(this.source, type, query)
  }

  count(type: string): Promise<number> {
    return this.parts.ground.store.read(['base'], (tx) => tx.count('base', 'type', [type]))
  }

  readAll(type: string, onPage: (views: RecordView[]) => void): Promise<number> {
    return readAllViews(this.source, type, onPage)
  }

  subscribe(listener: (notice: Notice) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /* writing */

  create(type: string, values: Values, options: CreateOptions): Promise<Written> {
    return this.single.create(type, values, options)
  }

  update(seen: RecordView, values: Values, extras?: UpdateExtras): Promise<Written> {
    return this.single.update(seen, values, extras)
  }

  delete(seen: RecordView): Promise<Written> {
    return this.single.delete(seen)
  }

  undelete(seen: RecordView, values?: Values): Promise<Written> {
    return this.single.undelete(seen, values)
  }

  transition(seen: RecordView, action: string, args?: Values, values?: Values): Promise<Written> {
    return this.single.transition(seen, action, args, values)
  }

  move(seen: RecordView, to: string): Promise<Written> {
    return this.single.move(seen, to)
  }

  resolve(seen: RecordView, resolution: Resolution): Promise<Written> {
    return this.single.resolve(seen, resolution)
  }

  async group(make: (writer: Writer) => Promise<void> | void): Promise<Written[]> {
    const drafts: Draft[] = []
    const collect = async (made: Draft): Promise<Written> => {
      drafts.push(made)
      return { change: made.id, record: made.record, n: 0 } // numbered at the commit
    }
    await make(new Drafting(this.desk, this.newId(), collect))
    return drafts.length ? this.keep(drafts) : []
  }

  newId(): string {
    return uuid7(this.parts.ground.clock, this.parts.ground.random)
  }

  async undo(change: string): Promise<void> {
    this.changed(await undo(this.parts.ground, change), [])
    await this.refresh()
  }

  private async keep(drafts: Draft[]): Promise<Written[]> {
    if (this.closed || this.now.wiped) throw new WorkspaceProblem('closed')
    const written = await commit(this.desk, drafts)
    this.changed(
      drafts.map((made) => made.record),
      drafts.map((made) => made.type),
    )
    await this.refresh()
    void this.syncing.written()
    return written
  }

  /* sync */

  async sync(): Promise<SyncResult> {
    const result = await this.syncing.once()
    await this.problems
    await this.refresh()
    return result
  }

  start(): void {
    this.syncing.start()
  }

  stop(): void {
    this.syncing.end()
  }

  status(): SyncStatus {
    return this.now
  }

  async dismiss(problem: SyncProblem): Promise<void> {
    const alike = (one: Problem): boolean => one.kind === problem.kind && one.at === problem.at
    await this.changeProblems((all) => all.filter((one) => !alike(one)))
  }

  /* what became of it */

  outboxItems(): Promise<ChangeItem[]> {
    return outboxItems(this.source)
  }

  journalItems(query: { state?: ItemState; limit?: number; record?: string } = {}): Promise<ChangeItem[]> {
    return journalItems(this.source, query)
  }

  catalog(): Catalog | null {
    return this.known
  }

  grants(): Grant[] {
    return this.cursors.map((row) => {
      const { scope, rights, revoked_at, grace_until } = row
      return { scope, rights, revoked_at, grace_until }
    })
  }

  actions(view: RecordView): string[] {
    const workflow = this.known && workflowOf(this.known, view.type)
    if (!this.known || !workflow) return []
    const state = (view.data[workflow.field] as string | null | undefined) ?? null
    // a report that is still on this phone has no reporter yet: it is this person's
    const own = view.rev === null || view.data.reporter === this.user.id
    const roles = [...this.user.roles, ...(own ? ['reporter'] : [])]
    return offlineActions(this.known, view.type, state, roles)
  }

  rescue(): Promise<string> {
    return rescueText(this.parts.ground, this.user)
  }

  /* session */

  async login(password: string): Promise<void> {
    await this.syncing.settled()
    await this.parts.session.login(password)
    await this.refresh()
    this.syncing.nudge()
  }

  async logout(): Promise<void> {
    this.stop()
    await this.syncing.settled()
    await this.parts.session.logout()
    await this.refresh()
  }

  async close(): Promise<void> {
    this.stop()
    this.closed = true
    await this.syncing.settled()
    await this.problems
    for (const end of this.endings) end()
    this.parts.signals.close()
    this.listeners.clear()
    await this.parts.ground.store.close()
  }

  /* news */

  private changed(records: string[], types: string[]): void {
    const notice: Notice = { records: [...new Set(records)], types: [...new Set(types)], status: true }
    this.parts.signals.post(notice)
    void this.refresh().then(() => this.tell(notice))
  }

  /** Another tab wrote. */
  private async heard(notice: Notice): Promise<void> {
    await this.refresh()
    this.tell(notice)
  }

  private tell(notice: Notice): void {
    for (const listener of this.listeners) listener(notice)
  }

  private problem(problem: Problem): void {
    const alike = (one: Problem): boolean =>
      one.kind === problem.kind &&
      one.params.scope === problem.params.scope &&
      one.params.record === problem.params.record
    void this.changeProblems((all) => [...all.filter((one) => !alike(one)), problem].slice(-20))
  }

  private changeProblems(change: (all: Problem[]) => Problem[]): Promise<void> {
    const { ground } = this.parts
    this.problems = this.problems
      .then(async () => writeMeta(ground, 'problems', change((await readMeta(ground, 'problems')) ?? [])))
      .then(() => this.refresh())
      .catch(() => undefined) // a store that is gone shows nothing any more
    return this.problems
  }

  /** Reads the standing again; calls while one runs share one more. */
  private refresh(): Promise<void> {
    this.stale = true
    this.refreshing ??= this.refreshWhileStale().finally(() => {
      this.refreshing = null
    })
    return this.refreshing
  }

  private async refreshWhileStale(): Promise<void> {
    while (this.stale && !this.closed) {
      this.stale = false
      await this.refreshNow()
      this.tell({ records: [], types: [], status: true })
    }
  }

  private async refreshNow(): Promise<void> {
    const { ground } = this.parts
    const { status, cursors } = await standing(ground, this.syncing.moving)
    this.known = (await readMeta(ground, 'catalog')) ?? this.known
    this.server = { ...FIRST_STATE, ...(await readMeta(ground, 'server')) }
    this.now = status
    this.cursors = cursors
  }
}
