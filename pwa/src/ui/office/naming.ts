/** Names for records, fields and values of what is on the desk. */
import type { FieldSpec } from '@/core/catalog'
import type { Value, Values } from '@/core/change'
import { valueInWords } from '../fields/words'
import { inLocale } from '@/ui/shared/i18n'
import { moment } from '@/ui/shared/when'
import { useReview } from './review'
import { useSession } from './session'
import { nameOf, text, titleOf, words, type Known } from './titles'
import type { Item } from './types'
import { officeWordsFor, w } from './words'

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function useNames() {
  const session = useSession()
  const review = useReview()
  const known = (): Known => ({ related: review.related, taxonomy: review.taxonomy, fieldLabel })

  const typeLabel = (type: string | null | undefined): string =>
    type ? inLocale(session.catalog?.types[type]?.label, w('name.unknown_type')) : w('name.record')
  const specOf = (type: string | null, field: string | null): FieldSpec | undefined =>
    type && field ? session.catalog?.types[type]?.fields[field] : undefined
  const fieldLabel = (type: string | null, field: string): string => inLocale(specOf(type, field)?.label, field)
  const named = (id: unknown): string => nameOf(String(id), known())
  const areaName = (scope: string): string => text(review.related[scope]?.data.name) || w('name.other_area')

  /** Title of an item's record, also of one that the server does not have yet. */
  function itemTitle(item: Item): string {
    if (item.kind === 'incident') return item.by?.name ?? w('person.unknown')
    const wanted = item.kind === 'conflict' ? {} : wantedValues(item.change?.set)
    const title = titleOf(item.record_type, { ...wanted, ...item.record_row?.data }, known())
    return title || named(item.record) || typeLabel(item.record_type)
  }

  /** A value as people read it; ids become names, item codes their words. */
  function valueWords(value: Value | undefined, spec?: FieldSpec, field?: string): string {
    if (spec?.kind === 'photos') return valueInWords(value, spec)
    if (Array.isArray(value) && value.some(isId)) return value.map((one) => named(one) || w('name.somebody')).join('、')
    if (isId(value)) return named(value) || w('name.other_record')
    if (field === 'item_code' && review.taxonomy[text(value)]) return inLocale(review.taxonomy[text(value)])
    if (field === 'source') return officeWordsFor('source', text(value)) ?? text(value)
    if (typeof value === 'string' && MOMENT.test(value)) return moment(value)
    if (value && typeof value === 'object' && 'lon' in value && 'lat' in value) return placeWords(value as Values)
    return valueInWords(value, spec)
  }

  return { typeLabel, specOf, fieldLabel, named, itemTitle, valueWords, areaName }
}

const isId = (value: unknown): boolean => typeof value === 'string' && UUID.test(value)

function wantedValues(set: Record<string, { to?: Value }> | undefined): Values {
  return Object.fromEntries(Object.entries(set ?? {}).map(([name, patch]) => [name, patch?.to ?? null]))
}

function placeWords(point: Values): string {
  const accuracy = point.accuracy_m ? w('value.accuracy', { m: Math.round(Number(point.accuracy_m)) }) : ''
  return words(w('value.place', { lat: text(point.lat), lon: text(point.lon) }), accuracy)
}
