/**
 * Canonical values: the one spelling of a value that both ends compare (PROTOCOL §1.2).
 * The server canonicalises too; cases of both are in tests/vectors/values.
 */
import type { Kind } from './catalog'
import type { Point, Value } from './change'
import { dateText, timeText } from './calendar'

/** `code`: type, syntax, range or characters; words belong to the pages. */
export class BadValue extends Error {
  constructor(readonly code: 'type' | 'syntax' | 'range' | 'characters') {
    super(code)
  }
}

const fail = (code: BadValue['code']): never => {
  throw new BadValue(code)
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?:[^\uD800-\uDBFF]|^)[\uDC00-\uDFFF]/

function plainText(raw: unknown): string {
  if (typeof raw !== 'string') return fail('type')
  if (raw.includes('\u0000') || LONE_SURROGATE.test(raw)) return fail('characters')
  return raw.replace(/\r\n?/g, '\n').normalize('NFC').trim()
}

function integer(raw: unknown): number {
  if (typeof raw !== 'number') return fail('type')
  if (!Number.isSafeInteger(raw)) return fail(Number.isInteger(raw) || !Number.isFinite(raw) ? 'range' : 'type')
  return raw
}

/** Without trailing zeros, without a sign on zero. */
export function decimalText(raw: unknown): string {
  const text = typeof raw === 'number' ? String(raw) : plainText(raw)
  const parts = DECIMAL.exec(text)
  if (!parts) return fail('syntax')
  const whole = parts[2].replace(/^0+(?=\d)/, '')
  const fraction = (parts[3] ?? '').replace(/0+$/, '')
  const digits = fraction ? `${whole}.${fraction}` : whole
  return digits === '0' ? '0' : parts[1] + digits
}

/** Rounded to `places`, half away from zero; on digits, because binary fractions round differently. */
export function roundedDecimal(raw: unknown, places: number): string {
  const text = decimalText(raw)
  const [whole, fraction = ''] = text.replace('-', '').split('.')
  if (fraction.length <= places) return text
  const digits = BigInt(whole + fraction.slice(0, places)) + BigInt(fraction[places] >= '5' ? 1 : 0)
  const padded = digits.toString().padStart(places + 1, '0')
  const cut = padded.length - places
  return decimalText(`${text.startsWith('-') ? '-' : ''}${padded.slice(0, cut)}.${padded.slice(cut)}`)
}

function point(raw: unknown): Point {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return fail('type')
  const { lon, lat, accuracy_m: accuracy } = raw as Record<string, unknown>
  const east = roundedDecimal(lon, 6)
  const north = roundedDecimal(lat, 6)
  if (Math.abs(Number(east)) > 180 || Math.abs(Number(north)) > 90) return fail('range')
  const metres = accuracy === undefined || accuracy === null || accuracy === '' ? null : roundedDecimal(accuracy, 6)
  if (metres !== null && Number(metres) < 0) return fail('range')
  return { lon: east, lat: north, accuracy_m: metres }
}

function set(raw: unknown): string[] {
  if (!Array.isArray(raw)) return fail('type')
  const members = raw.map(plainText).filter((member) => member !== '')
  return [...new Set(members)].sort()
}

function reference(raw: unknown): string {
  const text = plainText(raw).toLowerCase()
  return UUID.test(text) ? text : fail('syntax')
}

/**
 * The canonical form; absent, null and "" are null, as is a text of blanks and an empty set. Throws BadValue.
 * Derived and photo values come from the server as they are; a sealed value is clear text here.
 */
export function canonical(kind: Kind, raw: unknown): Value {
  if (raw === undefined || raw === null || raw === '') return null
  switch (kind) {
    case 'text':
    case 'long_text':
    case 'sealed':
    case 'enum':
    case 'state':
      return plainText(raw) || null
    case 'integer':
      return integer(raw)
    case 'decimal':
      return decimalText(raw)
    case 'date':
      return dateText(plainText(raw)) ?? fail('syntax')
    case 'time':
      return timeText(plainText(raw)) ?? fail('syntax')
    case 'boolean':
      return typeof raw === 'boolean' ? raw : fail('type')
    case 'point':
      return point(raw)
    case 'set': {
      const members = set(raw)
      return members.length ? members : null
    }
    case 'reference':
      return reference(raw)
    default:
      return raw as Value
  }
}

/** Equality of two canonical values. */
export function same(one: Value | undefined, other: Value | undefined): boolean {
  return stable(one ?? null) === stable(other ?? null)
}

function stable(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(stable).join()}]`
  const entries = Object.entries(value as Record<string, unknown>).filter(([, inner]) => inner !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${stable(inner)}`).join()}}`
}
