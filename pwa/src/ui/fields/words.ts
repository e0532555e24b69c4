/** A value as people read it. What the server works out has no kind of its own: days and times are told by their look. */
import type { FieldSpec } from '@/core/catalog'
import type { Value } from '@/services/workspace'
import { inLocale, t } from '@/ui/shared/i18n'
import { dayInWords, moment } from '@/ui/shared/when'

const DAY = /^\d{4}-\d\d-\d\d$/
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Empty text for an absent value; codes become the catalogue's words. */
export function valueInWords(value: Value | undefined, spec?: FieldSpec): string {
  if (value === null || value === undefined || value === '') return t('field.empty')
  if (Array.isArray(value) && spec?.kind === 'photos') return t('photo.count', { n: value.length })
  if (Array.isArray(value)) return value.map((one) => word(spec, String(one))).join(t('list.and'))
  if (typeof value === 'boolean') return t(value ? 'field.yes' : 'field.no')
  if (typeof value === 'object') return objectInWords(value as Record<string, unknown>)
  const kind = !spec || spec.kind === 'derived' ? kindByLook(String(value)) : spec.kind
  if (kind === 'date') return dayInWords(String(value))
  if (kind === 'reference') return t('field.linked')
  if (kind === 'time') return moment(String(value))
  return word(spec, String(value))
}

function kindByLook(text: string): 'date' | 'time' | 'reference' | 'text' {
  return DAY.test(text) ? 'date' : MOMENT.test(text) ? 'time' : ID.test(text) ? 'reference' : 'text'
}

function word(spec: FieldSpec | undefined, code: string): string {
  return inLocale(spec?.codes?.[code], code)
}

function objectInWords(value: Record<string, unknown>): string {
  if ('hint' in value) return String(value.hint)
  if ('lon' in value) return t('place.taken', { m: Math.round(Number(value.accuracy_m ?? 0)) })
  return JSON.stringify(value)
}
