/** Dates and times in people's words. All in the service's zone, whatever the phone is set to. */
import { ZONE } from '@/core/calendar'
import { locale, t } from './i18n'

const DAY_MS = 86_400_000
/** Writes `YYYY-MM-DD`. Made once: making a format costs a hundred times what using it does, and lists use it for every row. */
const days = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE })
const formats = new Map<string, Intl.DateTimeFormat>()

/** Calendar day `YYYY-MM-DD` of a moment in the service's zone. */
export function dayOf(moment: Date): string {
  return days.format(moment)
}

export function today(): string {
  return dayOf(new Date())
}

/** Whole days from `day` to today; negative for days to come. */
export function daysSince(day: string): number {
  return Math.round((Date.parse(today()) - Date.parse(day)) / DAY_MS)
}

/** `14:32`, `昨天 14:32`, `3月5日 14:32`; the year only where it is another one. */
export function moment(rfc3339: string | null | undefined): string {
  if (!rfc3339) return ''
  const when = new Date(rfc3339)
  if (Number.isNaN(when.getTime())) return ''
  const clock = format(when, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const day = dayOf(when)
  return day === today() ? clock : `${dayInWords(day)} ${clock}`
}

/** `今天`, `昨天`, `3月5日`, `2024年3月5日`. */
export function dayInWords(day: string | null | undefined): string {
  if (!day) return ''
  const age = daysSince(day)
  if (age === 0) return t('when.today')
  if (age === 1) return t('when.yesterday')
  if (age === -1) return t('when.tomorrow')
  const sameYear = day.slice(0, 4) === today().slice(0, 4)
  return format(new Date(`${day}T12:00:00+08:00`), { month: 'short', day: 'numeric', ...(sameYear ? {} : { year: 'numeric' }) })
}

/** Today with its weekday: `11月22日星期日`. */
export function fullDay(): string {
  return format(new Date(), { month: 'long', day: 'numeric', weekday: 'long' })
}

/** How long ago a visit was: `今天`, `12 天前`, `5 个月前`. */
export function ago(day: string): string {
  const days = daysSince(day)
  if (days < 2) return dayInWords(day)
  return days < 60 ? t('when.days_ago', { n: days }) : t('when.months_ago', { n: Math.floor(days / 30) })
}

/** Full years lived at today's date; null where no day is known that has been. */
export function age(birth: string | null | undefined): number | null {
  if (!birth || !/^\d{4}-\d\d-\d\d$/.test(birth)) return null
  const now = today()
  if (birth > now) return null
  const years = Number(now.slice(0, 4)) - Number(birth.slice(0, 4))
  return now.slice(5) < birth.slice(5) ? years - 1 : years
}

function format(when: Date, options: Intl.DateTimeFormatOptions): string {
  const key = locale() + JSON.stringify(options)
  let made = formats.get(key)
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale(), { timeZone: ZONE, ...options })))
  return made.format(when)
}
