/** The catalogue as `GET /api/v1/catalog` delivers it: types, fields, workflow, roles. */
import type { Sealing } from './ports'

export interface Words {
  zh: string
  en: string
}

export type Kind =
  | 'text'
  | 'long_text'
  | 'enum'
  | 'integer'
  | 'decimal'
  | 'date'
  | 'time'
  | 'boolean'
  | 'point'
  | 'set'
  | 'reference'
  | 'photos'
  | 'sealed'
  | 'state'
  | 'derived'

export type Merge = 'review' | 'incoming' | 'current' | 'set' | 'state' | 'derived'

export interface FieldSpec {
  kind: Kind
  merge: Merge
  required?: boolean
  /** Code to words, for enum, set and state. */
  codes?: Record<string, Words> | null
  /** UTF-8 bytes of a text or of a set's member, greatest value of a number. */
  max?: number | null
  /** A named check: phone, id_number. A fault is a hint at the form, the server decides. */
  check?: string | null
  /** A reference's record type; absent where several fit. */
  target?: string | null
  /** 0 public, 1 internal, 2 personal, 3 sensitive. */
  privacy?: number
  label?: Words
}

export interface TypeSpec {
  /** Fields whose record has to exist before this one does. */
  parents: string[]
  deliveries?: unknown
  natural_key?: unknown
  label?: Words
  fields: Record<string, FieldSpec>
}

export interface ActionSpec {
  /** null stands beside `draft`: a record that is just being made has no state. */
  from: (string | null)[]
  /** null: the state stays. */
  to: string | null
  /** Short codes of roles, and "reporter": whoever reported the record. */
  who: string[]
  /** Who may not do it but may ask; the office applies it. */
  wish?: string[]
  offline: boolean
  /** Arguments that must be carried; `unit|handler` means one of them. */
  args: string[]
  /** False: declared, refused until a later release. */
  available?: boolean
  own_level?: boolean
  label?: Words
}

export interface WorkflowSpec {
  /** The field that holds the state. */
  field: string
  terminal?: string[]
  actions: Record<string, ActionSpec>
}

export interface RoleSpec {
  code: string
  label?: Words
  /** What it may besides reading and writing records, such as `review`: open the desk. */
  may?: string[]
  /** Whether it may hold records on a phone. */
  devices?: boolean
}

export interface Catalog {
  schema: number
  min_schema: number
  types: Record<string, TypeSpec>
  /** By record type. */
  workflow: Record<string, WorkflowSpec>
  /** By name of the role. */
  roles: Record<string, RoleSpec>
  /** The server's public key, for changes that a locked phone hands in. */
  sealing?: Sealing
}

/** Whether one of these roles opens the review desk. */
export const mayReview = (catalog: Catalog | null, roles: string[]): boolean => roles.some((role) => catalog?.roles[role]?.may?.includes('review'))
