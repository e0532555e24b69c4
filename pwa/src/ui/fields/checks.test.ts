import { describe, expect, it } from 'vitest'
import type { FieldSpec } from '@/core/catalog'
import { problemOf, problemsIn } from './checks'

const spec = (kind: FieldSpec['kind'], more: Partial<FieldSpec> = {}): FieldSpec => ({ kind, merge: 'review', ...more })

describe('what is told beside a field', () => {
  it('an ID number with one wrong digit is noticed', () => {
    const id = spec('sealed', { check: 'id_number' })
    expect(problemOf(id, '11010519491231002X')).toBeNull()
    expect(problemOf(id, '11010519491231012X')).toBe('check.id_number')
    expect(problemOf(id, '1101051949123')).toBe('check.id_number')
  })
  it('an ID number that was not retyped is no problem', () => {
    expect(problemOf(spec('sealed', { check: 'id_number' }), { hint: '…002X', v: 'a'.repeat(16) })).toBeNull()
  })
  it('a phone number is checked, an empty one is not', () => {
    const phone = spec('text', { check: 'phone' })
    expect(problemOf(phone, '13905311234')).toBeNull()
    expect(problemOf(phone, '1390531')).toBe('check.phone')
    expect(problemOf(phone, null)).toBeNull()
  })
  it('digits are asked for where letters were typed', () => expect(problemOf(spec('integer', { max: 200 }), 'drei')).toBe('check.number'))
  it('a number beyond the limit is noticed', () => expect(problemOf(spec('integer', { max: 200 }), 201)).toBe('check.range'))
  it('length counts bytes, as the server does', () => {
    expect(problemOf(spec('text', { max: 6 }), '王秀')).toBeNull()
    expect(problemOf(spec('text', { max: 6 }), '王秀英')).toBe('check.too_long')
  })
  it('a required field that is empty stops a new record but not an edit that leaves it out', () => {
    const specs: Record<string, FieldSpec> = { name: spec('text', { required: true }), phone: spec('text', { check: 'phone' }) }
    const of = (field: string): FieldSpec | undefined => specs[field]
    expect(problemsIn(['name', 'phone'], of, { phone: '12' }, true)).toEqual(['name', 'phone'])
    expect(problemsIn(['name', 'phone'], of, { phone: '12' }, false)).toEqual(['phone'])
  })
})
