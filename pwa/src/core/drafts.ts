/** Building changes: patches of what differs, with what the person saw as `from`. */
import type { Catalog, TypeSpec } from './catalog'
import type { Draft, Patch, Sealed, Value, Values } from './change'
import { same } from './canonical'

/** What a draft needs to know of the moment it is made in. */
export interface Moment {
  id: string
  schema: number
  timeline: string | null
  /** RFC 3339 device time and its known offset to the server's clock, ms. */
  at: { wall: string; offset_ms: number | null }
  group?: string
}

/** The part of a view that a change refers to. */
export interface Seen {
  id: string
  type: string
  scope: string
  rev: string | null
  data: Values
}

export interface Edit {
  set?: Record<string, Patch>
  add?: Record<string, Value[]>
  remove?: Record<string, Value[]>
}

export function draft(moment: Moment, op: Draft['op'], seen: Seen, rest: Partial<Draft>): Draft {
  const base = seen.rev !== null && moment.timeline !== null ? { rev: seen.rev, timeline: moment.timeline } : null
  const { id, schema, at, group } = moment
  const head = { id, ...(group ? { group } : {}), op, type: seen.type, record: seen.id, scope: seen.scope, schema }
  return { ...head, base: op === 'create' ? null : base, at, ...rest }
}

/** What the person saw of a sealed value is its opaque version. */
const fromOf = (type: TypeSpec | undefined, name: string, value: Value | undefined): Value =>
  type?.fields[name]?.kind === 'sealed' ? ((value as Sealed | null | undefined)?.v ?? null) : (value ?? null)

const unchanged = (type: TypeSpec | undefined, name: string, seen: Value | undefined, to: Value): boolean =>
  type?.fields[name]?.kind === 'sealed'
    ? typeof to !== 'string' && (to !== null || (seen ?? null) === null)
    : same(seen, to)

const list = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : [])

/** Lists travel as what was added and what was removed. */
const isList = (type: TypeSpec | undefined, name: string): boolean =>
  ['set', 'photos'].includes(type?.fields[name]?.kind ?? '')

/** The difference between what was seen and canonical new values; sets as added and removed members. */
export function editOf(type: TypeSpec | undefined, seen: Values, values: Values): Edit {
  const edit: Edit = {}
  for (const [name, to] of Object.entries(values)) {
    if (unchanged(type, name, seen[name], to)) continue
    if (isList(type, name)) {
      const added = list(to).filter((member) => !list(seen[name]).includes(member))
      const removed = list(seen[name]).filter((member) => !list(to).includes(member))
      if (added.length) edit.add = { ...edit.add, [name]: added }
      if (removed.length) edit.remove = { ...edit.remove, [name]: removed }
    } else {
      edit.set = { ...edit.set, [name]: { from: fromOf(type, name, seen[name]), to } }
    }
  }
  return edit
}

export const isEmpty = (edit: Edit): boolean => !edit.set && !edit.add && !edit.remove

/** Every value of a new record with `from` null; sets travel as added members. */
export function firstValues(type: TypeSpec | undefined, values: Values): Edit {
  return editOf(type, {}, values)
}

/** Fields a change touches, in the order it names them. */
export const fieldsOf = (change: Draft): string[] => [
  ...new Set([change.set, change.add, change.remove].flatMap((part) => Object.keys(part ?? {}))),
]

/**
 * A change as the journal keeps it: what was typed into sealed fields is gone, its absence is marked,
 * so that sending it again can leave the field out instead of clearing it.
 */
export function withoutSealed<C extends Draft>(change: C, catalog: Catalog | null): C {
  const fields = catalog?.types[change.type]?.fields ?? {}
  const sealed = Object.keys(change.set ?? {}).filter((name) => fields[name]?.kind === 'sealed')
  if (!sealed.length) return change
  const set = { ...change.set }
  for (const name of sealed) set[name] = { from: set[name]?.from ?? null, to: { blanked: set[name]?.to !== null } }
  return { ...change, set }
}

/** Of a sealed value left out of the journal: whether there was one. null of all else, also of what an app in error made. */
function blanked(patch: Patch | null | undefined): boolean | null {
  const to = patch?.to
  return typeof to === 'object' && to !== null && 'blanked' in to ? to.blanked === true : null
}

/** For sending a journalled change again: blanked fields are left out and named, all else goes as it was. */
export function resendable<C extends Draft>(change: C): { change: C; lost: string[] } {
  const set = Object.entries(change.set ?? {})
  if (set.every(([, patch]) => blanked(patch) === null)) return { change, lost: [] }
  const lost = set.filter(([, patch]) => blanked(patch)).map(([name]) => name)
  const kept = set.filter(([, patch]) => !blanked(patch))
  const cleared = kept.map(([name, patch]) => [name, blanked(patch) === false ? { from: patch.from, to: null } : patch])
  const again = { ...change, set: Object.fromEntries(cleared) as Draft['set'] }
  if (!kept.length) delete (again as Draft).set
  return { change: again, lost }
}
