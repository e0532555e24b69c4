/** Dates and times as texts, by arithmetic: the core has no clock and no zone. */

/** Of the service, whatever a phone is set to; for those who write dates. */
export const ZONE = 'Asia/Shanghai'

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const TIME = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})$/

const leap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
const daysIn = (year: number, month: number): number =>
  month === 2 ? (leap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31

/** `YYYY-MM-DD` when the day exists, else null. */
export function dateText(text: string): string | null {
  const parts = DATE.exec(text)
  if (!parts) return null
  const [year, month, day] = parts.slice(1).map(Number)
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) ? text : null
}

/** Days since 1970-01-01 of a proleptic Gregorian date. */
export function dayNumber(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const ofEra = shifted - era * 400
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468
}

const two = (value: number): string => String(value).padStart(2, '0')

function dateOfDay(days: number): string {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const ofEra = shifted - era * 146_097
  const years = Math.floor(
    (ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  )
  const ofYear = ofEra - (365 * years + Math.floor(years / 4) - Math.floor(years / 100))
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153)
  const day = ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const year = years + era * 400 + (month <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
}

/** Milliseconds since 1970 as RFC 3339 UTC with milliseconds. */
export function timeOfMillis(millis: number): string {
  const days = Math.floor(millis / 86_400_000)
  const rest = millis - days * 86_400_000
  const seconds = Math.floor(rest / 1_000)
  const clock = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':')
  return `${dateOfDay(days)}T${clock}.${String(rest % 1_000).padStart(3, '0')}Z`
}

/** RFC 3339 with any offset to milliseconds since 1970; null when it is not a time. Finer than ms is cut off. */
export function millisOfTime(text: string): number | null {
  const parts = TIME.exec(text)
  if (!parts || !dateText(parts[1])) return null
  const [hour, minute, second] = parts.slice(2, 5).map(Number)
  if (hour > 23 || minute > 59 || second > 59) return null
  const zone = parts[6].toUpperCase()
  const [zoneHour, zoneMinute] = zone === 'Z' ? [0, 0] : zone.slice(1).split(':').map(Number)
  if (zoneHour > 23 || zoneMinute > 59) return null
  const offset = (zone[0] === '-' ? -1 : 1) * (zoneHour * 60 + zoneMinute)
  const [year, month, day] = parts[1].split('-').map(Number)
  const millis = Number((parts[5] ?? '').slice(0, 3).padEnd(3, '0'))
  return ((dayNumber(year, month, day) * 24 + hour) * 60 + minute - offset) * 60_000 + second * 1_000 + millis
}

/** Canonical time, or null. */
export function timeText(text: string): string | null {
  const millis = millisOfTime(text)
  if (millis === null) return null
  const canonical = timeOfMillis(millis)
  return /^\d{4}-/.test(canonical) && !canonical.startsWith('0000') ? canonical : null
}
