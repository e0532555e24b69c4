/** Edits as a person would make them, from a scheduler's words; each is looked up at once as the person would. */
import type { Draft, Values } from '../../src/core/change'
import { FIRST_STATE } from '../../src/core/sync/state'
import { WorkspaceProblem, type RecordView, type Workspace, type Writer, type Written } from '../../src/services/workspace'
import { commit } from '../../src/services/writing'
import type { SimPhone } from './sim_phone'

export interface Edit {
  op: 'update' | 'create' | 'below' | 'delete' | 'undelete' | 'step' | 'move' | 'group' | 'poison'
  type: string
  /** 0 ≤ pick < 1: which record of the type, in order of id. */
  pick: number
  values?: Values
  /** below: type and field of the parent picked. */
  parent?: string
  field?: string
  scope?: string
  to?: string
  submit?: boolean
  edits?: Edit[]
  raw?: object
}

async function picked(work: Workspace, type: string, pick: number, deleted = false): Promise<RecordView> {
  const found = await work.list(type, { deleted })
  found.sort((one, other) => (one.id < other.id ? -1 : 1))
  const view = found[Math.floor(pick * found.length)]
  if (!view) throw new WorkspaceProblem('unknown_record')
  return view
}

async function one(work: Workspace, writer: Writer, edit: Edit): Promise<Written> {
  const values = edit.values ?? {}
  const { type, pick } = edit
  if (edit.op === 'create') {
    const transition = edit.submit ? { transition: { action: 'submit' } } : {}
    return writer.create(type, values, { scope: String(edit.scope), ...transition })
  }
  if (edit.op === 'below') {
    const parent = await picked(work, String(edit.parent), pick)
    return writer.create(type, { ...values, [String(edit.field)]: parent.id }, { scope: parent.scope })
  }
  const seen = await picked(work, type, pick, edit.op === 'undelete')
  if (edit.op === 'update') return writer.update(seen, values)
  if (edit.op === 'delete') return writer.delete(seen)
  if (edit.op === 'undelete') return writer.undelete(seen, values)
  if (edit.op === 'move') return writer.move(seen, String(edit.to))
  const [action] = work.actions(seen)
  if (!action) throw new WorkspaceProblem('illegal_transition')
  return writer.transition(seen, action, { text: '已处理', reason: '见说明' }, values)
}

/** What no honest app would send: put into the outbox as it is. */
async function poison(phone: SimPhone, work: Workspace, edit: Edit): Promise<Written> {
  const ground = await phone.installation.open(work.user.id)
  const seen = await picked(work, 'household', edit.pick)
  const at = { wall: phone.clock.now(), offset_ms: null }
  const made = { id: work.newId(), op: 'update', type: 'household', record: seen.id, scope: seen.scope, schema: 1, base: null, at }
  const draft = { ...made, set: {}, ...edit.raw } as unknown as Draft
  const desk = { ground: ground as never, catalog: () => null, server: () => FIRST_STATE }
  const [written] = await commit(desk, [draft])
  return { ...written, change: made.id }
}

async function make(phone: SimPhone, work: Workspace, edit: Edit): Promise<Written[]> {
  if (edit.op === 'poison') return [await poison(phone, work, edit)]
  if (edit.op !== 'group') return [await one(work, work, edit)]
  return work.group(async (writer) => {
    for (const member of edit.edits ?? []) await one(work, writer, member)
  })
}

/** Whether this phone has a later change, of its other tab say, that names the same field. */
const overtyped = async (work: Workspace, change: Draft & { n: number }, name: string): Promise<boolean> =>
  (await work.outboxItems()).some((one) => one.record === change.record && one.n > change.n && one.fields.includes(name))

/** Each value typed must be what the view shows right after, while it waits: read your writes. */
async function lookedUp(phone: SimPhone, work: Workspace, made: (Draft & { n: number })[]): Promise<void> {
  const last = new Map<string, string>() // who typed a field last
  for (const change of made)
    for (const name of Object.keys({ ...change.set, ...change.add, ...change.remove })) last.set(`${change.record}.${name}`, change.id)
  for (const change of made) {
    const view = await work.view(change.record)
    if (!phone.ids('outbox').includes(change.id)) continue // a sync that runs has had an answer to it
    for (const [name, patch] of Object.entries(change.set ?? {}))
      if (view?.live && last.get(`${change.record}.${name}`) === change.id && JSON.stringify(view.data[name] ?? null) !== JSON.stringify(patch.to ?? null))
        if (!(await overtyped(work, change, name))) phone.plan.breach(`I6 ${change.type}.${name} was typed and is not shown`)
    if (change.op === 'update' && !view) phone.plan.breach(`I6 ${change.type} was edited and is gone from sight`)
  }
}

/** Resolves to the changes as they lie in the outbox, and the codes of edits that came to nothing. */
export async function edits(phone: SimPhone, work: Workspace, asked: Edit[]): Promise<unknown> {
  const made: string[] = []
  const refused: string[] = []
  const poisoned = new Set<string>()
  for (const edit of asked) {
    try {
      const written = await make(phone, work, edit)
      for (const { change } of written) made.push(change)
      if (edit.op === 'poison') poisoned.add(written[0].change)
    } catch (fault) {
      if (!(fault instanceof WorkspaceProblem)) throw fault
      refused.push(fault.code)
    }
  }
  const drafts = await phone.drafts(new Set(made))
  const honest = drafts.filter((draft) => !poisoned.has(draft.id))
  phone.watch(honest)
  await lookedUp(phone, work, honest)
  return { made: drafts, refused, poisoned: [...poisoned] }
}
