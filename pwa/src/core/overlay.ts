/**
 * What a person sees: the server's copy with the own unsent changes laid over it, in order of n.
 * Only the server merges; this shows what was typed, nothing more. Cases: tests/vectors/overlay.json.
 */
import type { Catalog, FieldSpec } from './catalog'
import type { Draft, LiveRow, Sealed, Value, Values } from './change'
import { byCodePoint, same } from './canonical'
import { workflowOf } from './workflow'

export interface Laid {
  live: boolean
  data: Values
  /** Fields that differ from the server's copy because of unsent changes, with the server's value. */
  unsent: Record<string, Value>
  queued: { change: string; action: string; from: string | null; args: Values; at: string }[]
}

/** What a device may still show of a sealed value it typed: the last four characters. */
export const hintOf = (clear: string): string => `…${clear.slice(-4)}`

function typed(spec: FieldSpec | undefined, to: Value, before: Value | undefined): Value {
  if (spec?.kind !== 'sealed' || typeof to !== 'string') return to
  const known = before as Sealed | null | undefined
  return { hint: hintOf(to), v: known?.v ?? null }
}

const byCodePointValue = (one: Value, other: Value): number => byCodePoint(String(one), String(other))
const members = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : [])

function edit(data: Values, change: Draft, catalog: Catalog | null): void {
  const fields = catalog?.types[change.type]?.fields
  for (const [name, patch] of Object.entries(change.set ?? {})) data[name] = typed(fields?.[name], patch.to, data[name])
  for (const [name, added] of Object.entries(change.add ?? {})) {
    data[name] = [...new Set([...members(data[name]), ...added])].sort(byCodePointValue) as Value
  }
  for (const [name, removed] of Object.entries(change.remove ?? {})) {
    const rest = members(data[name]).filter((member) => !removed.includes(member))
    data[name] = rest.length ? (rest as Value) : null
  }
}

function step(data: Values, change: Draft, catalog: Catalog | null, laid: Laid): void {
  if (!change.transition) return
  const { action, from, args } = change.transition
  laid.queued.push({ change: change.id, action, from, args, at: change.at.wall })
  const workflow = catalog && workflowOf(catalog, change.type)
  const to = workflow?.actions[action]?.to
  if (workflow && to) data[workflow.field] = to
}

/** `changes`: unsent changes of this one record, oldest first. */
export function overlay(base: LiveRow | null, changes: Draft[], catalog: Catalog | null): Laid {
  const laid: Laid = { live: base !== null, data: { ...(base?.data ?? {}) }, unsent: {}, queued: [] }
  for (const change of changes) {
    if (change.op === 'delete') laid.live = false
    if (change.op === 'create' || change.op === 'undelete') laid.live = true
    if (change.op === 'resolve') laid.data.state = 'settled'
    edit(laid.data, change, catalog)
    step(laid.data, change, catalog, laid)
  }
  for (const name of Object.keys(laid.data)) {
    const server = base?.data[name] ?? null
    if (!same(laid.data[name], server)) laid.unsent[name] = server
  }
  return laid
}
