/** Writing: a change is made of what differs, numbered and kept in one local transaction. */
import type { Catalog, TypeSpec } from '../core/catalog'
import type { Draft, Resolution, Values } from '../core/change'
import { BadValue } from '../core/canonical'
import { draft, editOf, firstValues, isEmpty, type Edit, type Moment, type Seen } from '../core/drafts'
import { uuid7 } from '../core/id'
import { bind, namesAny } from '../core/photos/binding'
import { ROW_VERSION, type OutboxRow } from '../core/store'
import { handinOf } from '../core/sync/handin'
import { wireBytes } from '../core/sync/outbox'
import { nextN, setNextN, type Ground, type ServerState } from '../core/sync/state'
import { WIPED } from '../core/sync/wipe'
import { canonicalForm } from '../core/validate'
import { stepProblem, workflowOf } from '../core/workflow'
import {
  WorkspaceProblem,
  type CreateOptions,
  type RecordView,
  type UpdateExtras,
  type Writer,
  type Written,
} from './workspace'

const GROUP_CHANGES = 200

/** What writing needs to know at the moment of a write. */
export interface Desk {
  ground: Ground
  catalog(): Catalog | null
  server(): ServerState
}

/** Makes drafts from what pages hand in; `keep` decides what becomes of each. */
export class Drafting implements Writer {
  constructor(
    private readonly desk: Desk,
    private readonly group: string | null,
    private readonly keep: (made: Draft) => Promise<Written>,
  ) {}

  private moment(): Moment {
    const { ground } = this.desk
    const { timeline, offset_ms } = this.desk.server()
    const at = { wall: ground.clock.now(), offset_ms: offset_ms === null ? null : Math.round(offset_ms) }
    const id = uuid7(ground.clock, ground.random)
    return { id, schema: ground.schema, timeline, at, ...(this.group ? { group: this.group } : {}) }
  }

  private spec(type: string): TypeSpec | undefined {
    const catalog = this.desk.catalog()
    if (catalog && !catalog.types[type]) throw new WorkspaceProblem('unknown_type', { type })
    return catalog?.types[type]
  }

  /** Canonical values without those only the server computes. */
  private form(type: string, values: Values): Values {
    const spec = this.spec(type)
    if (!spec) return values
    const typed = Object.entries(values).filter(
      ([name]) => !['derived', 'state'].includes(spec.fields[name]?.kind ?? ''),
    )
    const form: Values = {}
    for (const [name, value] of typed) {
      try {
        Object.assign(form, canonicalForm(spec, { [name]: value }))
      } catch (fault) {
        if (fault instanceof BadValue) throw new WorkspaceProblem('invalid', { field: name, reason: fault.code })
        throw fault
      }
    }
    return form
  }

  private edit(seen: RecordView, values: Values, extras: UpdateExtras = {}): Edit {
    const edit = editOf(this.spec(seen.type), seen.data, this.form(seen.type, values))
    const { add, remove } = extras
    return {
      ...edit,
      ...(add ? { add: { ...edit.add, ...add } } : {}),
      ...(remove ? { remove: { ...edit.remove, ...remove } } : {}),
    }
  }

  async create(type: string, values: Values, options: CreateOptions): Promise<Written> {
    const { ground } = this.desk
    const id = options.id ?? uuid7(ground.clock, ground.random)
    const seen: Seen = { id, type, scope: options.scope, rev: null, data: {} }
    const first = firstValues(this.spec(type), this.form(type, values))
    const step = options.transition
    const transition = step ? { transition: { action: step.action, from: null, args: step.args ?? {} } } : {}
    return this.keep(draft(this.moment(), 'create', seen, { ...first, ...transition }))
  }

  async update(seen: RecordView, values: Values, extras?: UpdateExtras): Promise<Written> {
    const edit = this.edit(seen, values, extras)
    if (isEmpty(edit)) throw new WorkspaceProblem('nothing_changed')
    return this.keep(draft(this.moment(), 'update', seen, edit))
  }

  async delete(seen: RecordView): Promise<Written> {
    return this.keep(draft(this.moment(), 'delete', seen, {}))
  }

  async undelete(seen: RecordView, values: Values = {}): Promise<Written> {
    return this.keep(draft(this.moment(), 'undelete', seen, this.edit(seen, values)))
  }

  async transition(
    seen: RecordView,
    action: string,
    args: Values = {},
    values: Values = {},
    extras?: UpdateExtras,
  ): Promise<Written> {
    const catalog = this.desk.catalog()
    const field = (catalog && workflowOf(catalog, seen.type)?.field) ?? 'state'
    const from = (seen.data[field] as string | null | undefined) ?? null
    const problem = catalog && stepProblem(catalog, seen.type, from, action)
    if (problem) throw new WorkspaceProblem(problem, { action, from: from ?? '' })
    return this.keep(
      draft(this.moment(), 'transition', seen, { ...this.edit(seen, values, extras), transition: { action, from, args } }),
    )
  }

  async move(seen: RecordView, to: string): Promise<Written> {
    return this.keep(draft(this.moment(), 'move', seen, { move: { from: seen.scope, to } }))
  }

  async resolve(seen: RecordView, resolution: Resolution): Promise<Written> {
    return this.keep(draft(this.moment(), 'resolve', seen, { resolve: resolution }))
  }
}

/** Numbers and keeps drafts: all in one transaction, consecutive numbers. */
export async function commit(desk: Desk, drafts: Draft[]): Promise<Written[]> {
  const { ground } = desk
  const { change_bytes, push_bytes } = desk.server().limits
  const sizes = drafts.map(wireBytes)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (sizes.some((size) => size > change_bytes)) throw new WorkspaceProblem('too_large')
  if (drafts.length > 1 && (drafts.length > GROUP_CHANGES || total > push_bytes))
    throw new WorkspaceProblem('too_large')
  const boxes = await Promise.all(drafts.map((made) => ground.boxes.seal(`outbox:${made.id}`, made)))
  const handins = await Promise.all(drafts.map((made) => handinOf(ground, desk.catalog(), made)))
  const lists = namesAny(drafts)
  return ground.store.write(['outbox', 'meta', ...(lists ? (['photos'] as const) : [])], async (tx) => {
    if (await tx.get('meta', WIPED)) throw new WorkspaceProblem('closed')
    if (lists) await bind(tx, drafts)
    const first = await nextN(tx)
    const rows = drafts.map((made, at) => ({ ...rowOf(made, first + at, sizes[at], boxes[at]), handin: handins[at] }))
    await tx.put('outbox', rows)
    await setNextN(tx, first + rows.length)
    return rows.map((row) => ({ change: row.id, record: row.record, n: row.n }))
  })
}

function rowOf(made: Draft, n: number, bytes: number, box: Uint8Array): OutboxRow {
  const { id, record, type, scope, group } = made
  const columns = { id, n, record, type, scope, group: group ?? '', at: made.at.wall, bytes }
  return { ...columns, offered: 0, tries: 0, v: ROW_VERSION, box }
}
