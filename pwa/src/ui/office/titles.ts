/** How people call a record: by its address, its name or its number, never by its id. */
import type { Value, Values } from '@/core/change'
import { inLocale } from '@/ui/shared/i18n'
import { dayInWords, dayOf, moment } from '@/ui/shared/when'
import type { Related, Taxonomy } from './types'
import { w } from './words'

export interface Known {
  related: Related
  taxonomy: Taxonomy
  fieldLabel(type: string, field: string): string
}

type Naming = (data: Values, known: Known) => string

export const text = (value: Value | undefined): string => (value === null || value === undefined ? '' : String(value))
export const words = (...parts: string[]): string => parts.filter(Boolean).join(' ')

const behind = (id: Value | undefined, known: Known): string => nameOf(text(id), known)
const day = (at: Value | undefined): string => (at ? dayInWords(dayOf(new Date(text(at)))) : '')
const byName: Naming = (data) => text(data.name)

const NAMINGS: Record<string, Naming> = {
  building: (data) => words(text(data.estate), buildingNo(text(data.building_no))),
  dwelling: room,
  household: (data, known) => words(behind(data.dwelling, known), text(data.contact_person)),
  resident: byName,
  residence: (data, known) => words(behind(data.resident, known), behind(data.dwelling, known)),
  visit: (data, known) => words(behind(data.household, known), day(data.started_at)),
  patrol: (data, known) => words(behind(data.route, known), day(data.started_at)),
  check: (data, known) => words(behind(data.point, known), moment(text(data.checked_at))),
  issue: (data, known) => text(data.title) || inLocale(known.taxonomy[text(data.item_code)]),
  comment: (data, known) => behind(data.about, known),
  conflict: (data, known) => words(behind(data.record, known), data.field ? known.fieldLabel(text(data.record_type), text(data.field)) : ''),
  parked: (data, known) => behind(data.record, known),
}

/** Empty where nothing of it makes a name. */
export function titleOf(type: string | null, data: Values, known: Known): string {
  return (NAMINGS[type ?? ''] ?? byName)(data, known)
}

/** Name of what is behind an id; empty where this person may not know it. */
export function nameOf(id: string, known: Known): string {
  const found = known.related[id]
  return found ? titleOf(found.type, found.data, known) : ''
}

/** `泉城花园 3-2-501`: estate, building, unit, room, as far as known. */
function room(data: Values, known: Known): string {
  const building = known.related[text(data.building)]?.data
  const numbers = [building?.building_no, data.unit_no, data.room_no].map(text).filter(Boolean)
  return words(text(building?.estate), numbers.join('-'))
}

const buildingNo = (no: string): string => (/^\d+$/.test(no) ? w('name.building_no', { no }) : no)
