/**
 * What is told beside a field while a form is filled. A hint for people: the server checks again and
 * decides. The rules are in core/validate.ts; here they become keys of the locale files.
 */
import type { FieldSpec } from '@/core/catalog'
import { fieldFault, type FieldFault } from '@/core/validate'
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

/** Names of the fields that stop a save: wrong ones, and for a new record (`whole`) missing ones. */
export function problemsIn(fields: string[], specOf: (field: string) => FieldSpec | undefined, values: Record<string, unknown>, whole: boolean): string[] {
  return fields.filter((field) => {
    const spec = specOf(field)
    const problem = spec && problemOf(spec, values[field])
    return !!problem && (whole || problem !== 'check.required')
  })
}
