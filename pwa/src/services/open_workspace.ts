/** A workspace over one store: reads, writes, status and the sync loop put together. */
import type { Catalog } from '../core/catalog'
import type { Draft, Resolution } from '../core/change'
import { uuid7 } from '../core/id'
import { offlineActions, workflowOf } from '../core/workflow'
import { Blocks } from './blocks'
import { Forms } from './forms'
import type { Guard } from './guard'
import { readHistory, type HistoryPage } from './history'
import { journalItems, outboxItems } from './items'
import { News } from './news'
import type { Parts, Said } from './parts'
import { keepPhrases, readPhrases } from './phrases'
import { PhotoDesk } from './photo_desk'
import type { Photos } from './photos'
import { listViews, readAllViews, readViews, type Source } from './records'
import { Syncing } from './syncing'
import { retype } from './retyping'
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
  type SyncProblem, type SyncResult, type SyncStatus,
  type UpdateExtras,
  type Values,
  type Workspace,
  type Writer,
  type Written,
} from './workspace'
import { commit, Drafting, type Desk } from './writing'

export class OpenWorkspace implements Workspace {
  readonly user: Person
  readonly guard: Guard
  readonly blocks: Blocks
  readonly forms: Forms
  private readonly photoDesk: PhotoDesk
  private readonly news: News
  private readonly syncing: Syncing
  private readonly source: Source
  private readonly desk: Desk
  private readonly single: Writer
  private readonly endings: (() => void)[] = []
  private closed = false

  private constructor(private readonly parts: Parts) {
    const { ground } = parts
    this.user = parts.user
    this.guard = parts.guard
    this.blocks = new Blocks(ground.store, ground.boxes)
    this.forms = new Forms(ground)
    this.news = new News(ground, parts.signals)
    this.source = { store: ground.store, boxes: ground.boxes, catalog: () => this.news.catalog }
    this.desk = { ground, catalog: () => this.news.catalog, server: () => this.news.server }
    this.single = new Drafting(this.desk, null, (made) => this.keepOne(made))
    const changed = (records: string[]): void => this.news.changed(records, ['photo'])
    this.photoDesk = new PhotoDesk({ ...parts, catalog: this.source.catalog, changed, told: () => this.news.refresh() })
    const after = (): void => this.photoDesk.go(this.news.status)
    this.syncing = new Syncing(ground, parts.locks, parts.lockName, this.news, after, () => this.guard.heard())
    this.news.moving = this.syncing.moving
  }

  static async open(parts: Parts): Promise<OpenWorkspace> {
    const workspace = new OpenWorkspace(parts)
    await workspace.news.refresh()
    workspace.endings.push(parts.signals.listen((said) => void workspace.heard(said as Said)))
    workspace.endings.push(parts.onWake(() => workspace.syncing.nudge()))
    workspace.guard.goOn()
    return workspace
  }

  get photos(): Photos {
    return this.photoDesk.shelf
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
    return this.news.subscribe(listener)
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

  transition(
    seen: RecordView,
    action: string,
    args?: Values,
    values?: Values,
    extras?: UpdateExtras,
  ): Promise<Written> {
    return this.single.transition(seen, action, args, values, extras)
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
    const gone = await undo(this.parts.ground, change)
    this.news.changed(gone.map((row) => row.record), gone.map((row) => row.type))
    await this.news.refresh()
  }

  private async keepOne(made: Draft): Promise<Written> {
    const { left, into } = await retype(this.parts.ground, this.news.catalog, made)
    if (into && !left) {
      this.news.changed([made.record], [made.type], true)
      return { change: into.id, record: into.record, n: into.n }
    }
    return (await this.keep([left ?? made]))[0]
  }

  private async keep(drafts: Draft[]): Promise<Written[]> {
    if (this.closed || this.news.status.wiped) throw new WorkspaceProblem('closed')
    const written = await commit(this.desk, drafts)
    // "saved" is true from here on; the counts follow with the notice
    this.news.changed(
      drafts.map((made) => made.record),
      drafts.map((made) => made.type),
      true,
    )
    void this.syncing.written()
    return written
  }

  private async heard(said: Said): Promise<void> {
    if (said.lock) return this.news.locked()
    if (said.wrote) void this.syncing.written()
    await this.news.heard(said.notice)
  }

  /* sync */

  async sync(): Promise<SyncResult> {
    if (this.guard.locked) return { outcome: 'login', retry_after_ms: null }
    const result = await this.syncing.once()
    await this.news.settled()
    await this.news.refresh()
    return result
  }

  start(): void {
    if (!this.guard.locked) this.syncing.start()
  }

  /** No round runs while the key changes: what it had sealed before would lie under the old one. */
  private async rekeyed(change: () => Promise<void>): Promise<void> {
    const again = this.syncing.going ? () => this.start() : () => undefined
    this.stop()
    await this.syncing.settled()
    await change().finally(again)
    this.parts.signals.post({ lock: true })
  }

  setPin = (pin: string): Promise<void> => this.rekeyed(() => this.guard.set(pin))
  removePin = (pin: string): Promise<void> => this.rekeyed(() => this.guard.remove(pin))

  stop(): void {
    this.syncing.end()
    this.photoDesk.end()
  }

  status(): SyncStatus {
    return this.news.status
  }

  async dismiss(problem: SyncProblem): Promise<void> {
    await this.news.dismiss(problem)
  }

  /* what became of it */

  outboxItems(): Promise<ChangeItem[]> {
    return outboxItems(this.source)
  }

  journalItems(query: { state?: ItemState; limit?: number; record?: string } = {}): Promise<ChangeItem[]> {
    return journalItems(this.source, query)
  }

  catalog(): Catalog | null {
    return this.news.catalog
  }

  grants(): Grant[] {
    return this.news.cursors.map((row) => {
      const { scope, rights, revoked_at, grace_until } = row
      return { scope, rights, revoked_at, grace_until }
    })
  }

  actions(view: RecordView): string[] {
    const workflow = this.news.catalog && workflowOf(this.news.catalog, view.type)
    if (!this.news.catalog || !workflow) return []
    const state = (view.data[workflow.field] as string | null | undefined) ?? null
    // a report that is still on this phone has no reporter yet: it is this person's
    const own = view.rev === null || view.data.reporter === this.user.id
    const roles = [...this.user.roles, ...(own ? ['reporter'] : [])]
    return offlineActions(this.news.catalog, view.type, state, roles)
  }

  history(record: string, after?: string): Promise<HistoryPage> {
    return readHistory(this.parts.ground.http, record, after)
  }

  phrases = (): Promise<string[]> => readPhrases(this.parts.ground)
  keepPhrases = (phrases: string[]): Promise<void> => keepPhrases(this.parts.ground, phrases)

  /* session */

  async login(password: string): Promise<void> {
    await this.syncing.settled()
    await this.parts.session.login(password)
    await this.news.refresh()
    this.syncing.nudge()
  }

  async logout(): Promise<void> {
    this.stop()
    await this.syncing.settled()
    await this.parts.session.logout()
    await this.news.refresh()
  }

  async close(): Promise<void> {
    this.stop()
    this.closed = true
    await this.syncing.settled()
    await this.news.settled()
    await this.forms.settled()
    await this.guard.end()
    for (const end of this.endings) end()
    this.parts.signals.close()
    this.news.end()
    await this.parts.ground.store.close()
  }
}
