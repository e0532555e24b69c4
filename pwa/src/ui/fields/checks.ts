/**
 * What is told beside a field while a form is filled. A hint for people: the server checks again and
 * decides. The rules are in core/validate.ts; here they become keys of the locale files.
 */
import type { FieldSpec } from '@/core/catalog'
import { fieldFault, fromIdNumber, idRegionKnown, isOldIdNumber, type FieldFault } from '@/core/validate'
import type { Key } from '@/ui/shared/i18n'
import { today } from '@/ui/shared/when'

const KEYS: Record<FieldFault, Key> = {
  required: 'check.required',
  syntax: 'check.shape',
  range: 'check.range',
  characters: 'check.characters',
  code: 'check.shape',
  too_long: 'check.too_long',
  check: 'check.shape',
}

/** First problem of a value as typed; null where nothing is wrong. A sealed value that was not retyped is fine. */
export function problemOf(spec: FieldSpec, value: unknown): Key | null {
  if (spec.kind === 'sealed' && typeof value === 'object' && value !== null) return null
  const fault = fieldFault(spec, value)
  if (fault === null) return null
  if (fault === 'check') return spec.check === 'phone' ? 'check.phone' : 'check.id_number'
  if (spec.kind === 'integer' || spec.kind === 'decimal') return fault === 'range' ? 'check.range' : 'check.number'
  if (spec.kind === 'date' || spec.kind === 'time') return 'check.date'
  return KEYS[fault]
}

/** Faults that a person may know better about: shown, asked about once, and then saved. */
export const ADVICE: Key[] = ['check.phone', 'check.id_number', 'check.birth_ahead', 'check.out_before_in']

/** What is worth a second look though it may be right: amber, never in the way. */
export function doubtOf(spec: FieldSpec, value: unknown, values: Record<string, unknown>): Key | null {
  if (spec.check !== 'id_number' || typeof value !== 'string') return null
  if (isOldIdNumber(value)) return 'check.id_old'
  const said = fromIdNumber(value)
  if (!said) return null
  if (!idRegionKnown(value)) return 'check.id_region'
  return values.birth_date && values.birth_date !== said.birth ? 'check.id_birth' : null
}

/** Days that cannot be, or not yet: shown like a doubt, and asked about once. */
export function dayDoubtOf(field: string, values: Record<string, unknown>): Key | null {
  const { moved_in_on: moved_in, moved_out_on: moved_out } = values
  if (field === 'birth_date') return String(values.birth_date ?? '') > today() ? 'check.birth_ahead' : null
  const turned = ['moved_in_on', 'moved_out_on'].includes(field) && moved_in && moved_out && String(moved_out) < String(moved_in)
  return turned ? 'check.out_before_in' : null
}

/** A field that looks wrong and may be right, with what stands in it. */
export interface Doubt {
  field: string
  value: unknown
}

export interface Problems {
  /** Fields that stop a save: wrong ones, and for a new record (`whole`) missing ones. */
  bad: string[]
  doubtful: Doubt[]
}

export function problemsIn(fields: string[], specOf: (field: string) => FieldSpec | undefined, values: Record<string, unknown>, whole: boolean): Problems {
  const found: Problems = { bad: [], doubtful: [] }
  for (const field of fields) {
    const spec = specOf(field)
    const problem = (spec && problemOf(spec, values[field])) || dayDoubtOf(field, values)
    if (!problem || (!whole && problem === 'check.required')) continue
    if (ADVICE.includes(problem)) found.doubtful.push({ field, value: values[field] })
    else found.bad.push(field)
  }
  return found
}
