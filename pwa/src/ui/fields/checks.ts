/**
 * What is told beside a field while a form is filled. A hint for people: the server checks again and
 * decides. The rules are in core/validate.ts; here they become keys of the locale files.
 */
import type { FieldSpec } from '@/core/catalog'
import { fieldFault, fromIdNumber, idRegionKnown, isOldIdNumber, type FieldFault } from '@/core/validate'
import type { Key } from '@/ui/shared/i18n'

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
export const ADVICE: Key[] = ['check.phone', 'check.id_number']

/** What is worth a second look though it may be right: amber, never in the way. */
export function doubtOf(spec: FieldSpec, value: unknown, values: Record<string, unknown>): Key | null {
  if (spec.check !== 'id_number' || typeof value !== 'string') return null
  if (isOldIdNumber(value)) return 'check.id_old'
  const said = fromIdNumber(value)
  if (!said) return null
  if (!idRegionKnown(value)) return 'check.id_region'
  return values.birth_date && values.birth_date !== said.birth ? 'check.id_birth' : null
}

export interface Problems {
  /** Fields that stop a save: wrong ones, and for a new record (`whole`) missing ones. */
  bad: string[]
  /** Fields that look wrong and may be right. */
  doubtful: string[]
}

export function problemsIn(fields: string[], specOf: (field: string) => FieldSpec | undefined, values: Record<string, unknown>, whole: boolean): Problems {
  const found: Problems = { bad: [], doubtful: [] }
  for (const field of fields) {
    const spec = specOf(field)
    const problem = spec && problemOf(spec, values[field])
    if (!problem || (!whole && problem === 'check.required')) continue
    ;(ADVICE.includes(problem) ? found.doubtful : found.bad).push(field)
  }
  return found
}
