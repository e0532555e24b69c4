/**
 * Canonical values: the one spelling of a value that both ends compare (PROTOCOL §1.2).
 * The server canonicalises too; cases of both are in tests/vectors/values.
 */
import type { Kind } from './catalog'
import type { Point, Value } from './change'
import { dateText, timeText } from './calendar'

/** Why a value is not of its kind; the same codes as the server's. Words belong to the pages. */
export type ValueCode =
  | 'unreadable' // NUL or half a surrogate pair
  | 'not_text'
  | 'not_integer'
  | 'out_of_range'
  | 'not_decimal'
  | 'not_date'
  | 'not_time'
  | 'not_boolean'
  | 'not_point'
  | 'not_set'
  | 'not_reference'
  | 'too_many'

export class BadValue extends Error {
  constructor(readonly code: ValueCode) {
    super(code)
  }
}

const fail = (code: ValueCode): never => {
  throw new BadValue(code)
}

const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d{1,15}))?$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?:[^\uD800-\uDBFF]|^)[\uDC00-\uDFFF]/
/** What counts as blank at both ends: the list the server's language uses, which differs from trim(). */
const BLANK = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+'
const EDGES = new RegExp(`^${BLANK}|${BLANK}$`, 'g')
const MOST_MEMBERS = 200
const MOST_PHOTOS = 9

function plainText(raw: unknown): string {
  if (typeof raw !== 'string') return fail('not_text')
  if (raw.includes('\u0000') || LONE_SURROGATE.test(raw)) return fail('unreadable')
  return raw.replace(/\r\n?/g, '\n').normalize('NFC').replace(EDGES, '')
}

function integer(raw: unknown): number {
  if (typeof raw !== 'number' || (Number.isFinite(raw) && !Number.isInteger(raw))) return fail('not_integer')
  return Number.isSafeInteger(raw) ? raw : fail('out_of_range')
}

/** Without trailing zeros, without a sign on zero. */
export function decimalText(raw: unknown): string {
  const parts = DECIMAL.exec(typeof raw === 'number' ? String(raw) : typeof raw === 'string' ? raw : '')
  if (!parts) return fail('not_decimal')
  const whole = parts[2].replace(/^0+(?=\d)/, '')
  const fraction = (parts[3] ?? '').replace(/0+$/, '')
  const digits = fraction ? `${whole}.${fraction}` : whole
  return digits === '0' ? '0' : parts[1] + digits
}

/** Rounded to `places`, halves to the even digit; on digits, because binary fractions round differently. */
export function roundedDecimal(raw: unknown, places: number): string {
  const text = decimalText(raw)
  const [whole, fraction = ''] = text.replace('-', '').split('.')
  if (fraction.length <= places) return text
  const rest = fraction.slice(places)
  const kept = BigInt(whole + fraction.slice(0, places))
  const up = rest[0] > '5' || (rest[0] === '5' && (/[1-9]/.test(rest.slice(1)) || kept % BigInt(2) === BigInt(1)))
  const padded = (kept + BigInt(up ? 1 : 0)).toString().padStart(places + 1, '0')
  const cut = padded.length - places
  return decimalText(`${text.startsWith('-') ? '-' : ''}${padded.slice(0, cut)}.${padded.slice(cut)}`)
}

function point(raw: unknown): Point {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return fail('not_point')
  const { lon, lat, accuracy_m: accuracy, ...other } = raw as Record<string, unknown>
  if (!('lon' in raw) || !('lat' in raw) || Object.keys(other).length) return fail('not_point')
  if (lon === null || lat === null) return fail('out_of_range')
  const place: Point = { lon: roundedDecimal(lon, 6), lat: roundedDecimal(lat, 6) }
  if (Math.abs(Number(place.lon)) > 180 || Math.abs(Number(place.lat)) > 90) return fail('out_of_range')
  if (accuracy !== undefined && accuracy !== null) place.accuracy_m = roundedDecimal(accuracy, 6)
  return place
}

/** By code point, as the server sorts; the default order of texts compares UTF-16 halves. */
export function byCodePoint(one: string, other: string): number {
  const [a, b] = [[...one], [...other]]
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const by = (a[at].codePointAt(0) as number) - (b[at].codePointAt(0) as number)
    if (by) return by
  }
  return a.length - b.length
}

function set(raw: unknown): string[] {
  if (!Array.isArray(raw) || raw.length > MOST_MEMBERS) return fail('not_set')
  const members = raw.map(plainText)
  return [...new Set(members.filter((member) => member !== ''))].sort(byCodePoint)
}

const reference = (raw: unknown): string => (typeof raw === 'string' && UUID.test(raw) ? raw : fail('not_reference'))

function photos(raw: unknown): string[] {
  if (!Array.isArray(raw)) return fail('not_set')
  const ids = [...new Set(raw.map(reference))].sort(byCodePoint)
  return ids.length > MOST_PHOTOS ? fail('too_many') : ids
}

const whole = (found: string | null, code: ValueCode): string => found ?? fail(code)
const textOr = (raw: unknown, code: ValueCode): string => (typeof raw === 'string' ? raw : fail(code))

/**
 * The canonical form; absent, null and "" are null, as is a text of blanks and an empty set. Throws BadValue.
 * Derived values come from the server as they are; a sealed value is clear text here.
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
      return whole(dateText(textOr(raw, 'not_date')), 'not_date')
    case 'time':
      return whole(timeText(textOr(raw, 'not_time')), 'not_time')
    case 'boolean':
      return typeof raw === 'boolean' ? raw : fail('not_boolean')
    case 'point':
      return point(raw)
    case 'set': {
      const members = set(raw)
      return members.length ? members : null
    }
    case 'reference':
      return reference(raw)
    case 'photos': {
      const ids = photos(raw)
      return ids.length ? ids : null
    }
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
