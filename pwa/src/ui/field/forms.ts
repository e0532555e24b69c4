import type { FieldSpec } from '@/core/catalog'
import { fromIdNumber } from '@/core/validate'
import type { Values } from '@/services/workspace'

/** Which fields a form asks, in which order. What is not named here stays out of people's way. */
export interface FormGroup {
  /** Key of the heading in the locale files, after `form.`. */
  heading: string
  fields: string[]
}

export const FORMS: Record<string, FormGroup[]> = {
  household: [
    { heading: 'contact', fields: ['contact_person', 'contact_phone', 'preferred_contact', 'preferred_time', 'contact_need'] },
    { heading: 'household', fields: ['household_type', 'declared_count', 'pets', 'e_bike', 'gas_bottle', 'note'] },
    { heading: 'moves', fields: ['moved_in_on', 'moved_out_on', 'move_to'] },
  ],
  resident: [
    { heading: 'person', fields: ['name', 'relation_to_head', 'phone', 'sex', 'birth_date', 'residence_status', 'registration_type'] },
    { heading: 'service', fields: ['needs', 'skills', 'emergency_contact'] },
    { heading: 'paper', fields: ['id_type', 'id_no'] },
  ],
  dwelling: [
    { heading: 'place', fields: ['unit_no', 'floor', 'room_no'] },
    { heading: 'dwelling', fields: ['usage', 'tenure', 'owner_contact', 'area_m2', 'status'] },
  ],
  building: [
    { heading: 'place', fields: ['estate', 'building_no', 'address_text', 'location'] },
    { heading: 'building', fields: ['building_type', 'floors_above', 'elevators', 'built_year', 'gas_pipe', 'property_phone'] },
  ],
  issue: [{ heading: 'issue', fields: ['title', 'description', 'address_text', 'severity', 'reporter_contact'] }],
  visit: [
    { heading: 'visit', fields: ['needs_found', 'summary'] },
    { heading: 'visit_more', fields: ['next_due_on', 'method', 'kind'] },
  ],
}

/** All fields of a type's form in one list. */
export function fieldsOf(type: string): string[] {
  return (FORMS[type] ?? []).flatMap((group) => group.fields)
}

/** A field's declaration as it holds in this form: the check of an ID number is for resident IDs alone. */
export function specIn(field: string, spec: FieldSpec | undefined, values: Values): FieldSpec | undefined {
  const otherPaper = field === 'id_no' && values.id_type && values.id_type !== 'resident_id'
  return spec && otherPaper ? { ...spec, check: null } : spec
}

/** What a typed value says about fields that are still empty: an ID number its birthday, sex and kind. */
export function impliedBy(field: string, value: unknown, values: Values): Values {
  const said = field === 'id_no' && typeof value === 'string' && (values.id_type ?? 'resident_id') === 'resident_id' ? fromIdNumber(value) : null
  if (!said) return {}
  const implied: Values = { birth_date: said.birth, sex: said.sex, id_type: 'resident_id' }
  return Object.fromEntries(Object.entries(implied).filter(([name]) => (values[name] ?? null) === null))
}
