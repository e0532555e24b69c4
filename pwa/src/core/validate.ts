/** Checks of one field for forms: codes, never sentences. The server checks again and alone decides. */
import type { FieldSpec, TypeSpec } from './catalog'
import type { Value, Values } from './change'
import { dateText } from './calendar'
import { BadValue, canonical, type ValueCode } from './canonical'

/** What a form tells beside a field: coarser than the codes of values. */
export type FieldFault = 'required' | 'syntax' | 'range' | 'characters' | 'code' | 'too_long' | 'check'

const FORM_FAULT: Partial<Record<ValueCode, FieldFault>> = { out_of_range: 'range', unreadable: 'characters' }

const PHONE = /^(1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|400\d{7})$/
const ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** Two digits that a number's region may begin with (GB/T 2260); below them codes come and go. */
const PROVINCES = /^(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[1-4])/

const birthOf = (digits: string): string => `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6, 8)}`

/** GB 11643: 17 digits and a check character, with a day of birth that existed. */
export function idNumberFits(text: string): boolean {
  if (!/^\d{17}[\dX]$/.test(text) || !dateText(birthOf(text.slice(6)))) return false
  const sum = ID_WEIGHTS.reduce((total, weight, at) => total + weight * Number(text[at]), 0)
  return '10X98765432'[sum % 11] === text[17]
}

/** Cards from before 1999: 15 digits, no check character, a year of two digits. */
export const isOldIdNumber = (text: string): boolean =>
  /^\d{15}$/.test(text) && dateText(birthOf(`19${text.slice(6)}`)) !== null

export const idRegionKnown = (text: string): boolean => PROVINCES.test(text)

/** What an 18-digit number says of its person; null for one that does not fit. */
export function fromIdNumber(text: string): { birth: string; sex: 'male' | 'female' } | null {
  if (!idNumberFits(text)) return null
  return { birth: birthOf(text.slice(6)), sex: Number(text[16]) % 2 ? 'male' : 'female' }
}

/** Bytes of a text in UTF-8, counted without an encoder. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) as number
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}

function limitFault(spec: FieldSpec, value: Value): FieldFault | null {
  const max = spec.max ?? null
  if (typeof value === 'string' && ['text', 'long_text', 'sealed'].includes(spec.kind)) {
    return max !== null && utf8Length(value) > max ? 'too_long' : null
  }
  if (spec.kind === 'integer' && typeof value === 'number')
    return max !== null && (value < 0 || value > max) ? 'range' : null
  if (spec.kind === 'set' && Array.isArray(value))
    return max !== null && value.some((one) => utf8Length(String(one)) > max) ? 'too_long' : null
  return null
}

function codeFault(spec: FieldSpec, value: Value): FieldFault | null {
  const codes = spec.codes ?? {}
  if (!Object.keys(codes).length) return null
  const given = spec.kind === 'set' ? (value as string[]) : spec.kind === 'enum' ? [value as string] : []
  return given.every((code) => Object.prototype.hasOwnProperty.call(codes, code)) ? null : 'code'
}

function checkFault(spec: FieldSpec, value: Value): FieldFault | null {
  if (typeof value !== 'string') return null
  if (spec.check === 'phone' && !PHONE.test(value.replace(/\s/g, ''))) return 'check'
  if (spec.check === 'id_number' && !idNumberFits(value.toUpperCase()) && !isOldIdNumber(value)) return 'check'
  return null
}

/** A sealed value that was not typed anew: its hint and version, as delivered. */
const isKnownSealed = (spec: FieldSpec | undefined, raw: unknown): boolean =>
  spec?.kind === 'sealed' && typeof raw === 'object' && raw !== null

/** The first fault of a value as typed, null when it may be saved. */
export function fieldFault(spec: FieldSpec, raw: unknown): FieldFault | null {
  if (isKnownSealed(spec, raw)) return null
  let value: Value
  try {
    value = canonical(spec.kind, raw)
  } catch (fault) {
    if (fault instanceof BadValue) return FORM_FAULT[fault.code] ?? 'syntax'
    throw fault
  }
  if (value === null) return spec.required ? 'required' : null
  return limitFault(spec, value) ?? codeFault(spec, value) ?? checkFault(spec, value)
}

/** Faults by field of a whole form; `whole`: required fields that are absent count. */
export function formFaults(
  type: TypeSpec,
  values: Record<string, unknown>,
  whole: boolean,
): Record<string, FieldFault> {
  const faults: Record<string, FieldFault> = {}
  for (const [name, spec] of Object.entries(type.fields)) {
    if (!whole && !(name in values)) continue
    const fault = spec.merge === 'derived' || spec.kind === 'state' ? null : fieldFault(spec, values[name])
    if (fault) faults[name] = fault
  }
  return faults
}

/** Values of a form in canonical spelling; unknown fields pass as they are. */
export function canonicalForm(type: TypeSpec, values: Record<string, unknown>): Values {
  const entries = Object.entries(values).map(([name, raw]): [string, Value] => {
    const spec = type.fields[name]
    return [name, spec && !isKnownSealed(spec, raw) ? canonical(spec.kind, raw) : (raw as Value)]
  })
  return Object.fromEntries(entries)
}
