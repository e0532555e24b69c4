import { describe, expect, it, vi } from 'vitest'
import type { FieldSpec } from '@/core/catalog'
import { dayDoubtOf, doubtOf, problemOf, problemsIn } from './checks'

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
    for (const short of ['1390531', '12345', '110']) expect(problemOf(phone, short), short).toBe('check.phone')
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
    expect(problemsIn(['name'], of, {}, true)).toEqual({ bad: ['name'], doubtful: [] })
    expect(problemsIn(['name'], of, {}, false)).toEqual({ bad: [], doubtful: [] })
  })
  it('what looks wrong and may be right is asked about, not refused', () => {
    const specs: Record<string, FieldSpec> = { phone: spec('text', { check: 'phone' }), id_no: spec('sealed', { check: 'id_number' }), n: spec('integer', { max: 9 }) }
    const found = problemsIn(['phone', 'id_no', 'n'], (field) => specs[field], { phone: '0531-8888888转12', id_no: '11010519491231012X', n: 10 }, true)
    expect(found).toEqual({ bad: ['n'], doubtful: [{ field: 'phone', value: '0531-8888888转12' }, { field: 'id_no', value: '11010519491231012X' }] })
  })
  it('a birthday to come and a household that left before it came look wrong and may be saved', () => {
    vi.useFakeTimers({ now: new Date('2026-11-26T18:00:00Z') }) // the 27th in the service's zone
    expect(['2026-11-27', '2026-11-28', null].map((birth_date) => dayDoubtOf('birth_date', { birth_date }))).toEqual([null, 'check.birth_ahead', null])
    vi.useRealTimers()
    const moves = { moved_in_on: '2026-03-02', moved_out_on: '2026-03-01' }
    const fields = ['moved_in_on', 'moved_out_on']
    expect(problemsIn(fields, () => spec('date'), moves, false)).toEqual({ bad: [], doubtful: fields.map((field) => ({ field, value: moves[field as keyof typeof moves] })) })
    for (const fine of [{ ...moves, moved_out_on: '2026-03-02' }, { ...moves, moved_in_on: null }]) expect(problemsIn(fields, () => spec('date'), fine, false).doubtful).toEqual([])
  })
})

describe('an ID number', () => {
  const id = spec('sealed', { check: 'id_number' })
  it('has a day of birth that existed', () => {
    expect(problemOf(id, '110105194902300021')).toBe('check.id_number')
  })
  it('of a region that no list knows is a doubt, not a problem', () => {
    expect(problemOf(id, '99010519491231002X')).toBe('check.id_number')
    const odd = '00010519491231002'
    const fitting = [...'0123456789X'].map((last) => odd + last).find((one) => problemOf(id, one) === null)
    expect(doubtOf(id, fitting, {})).toBe('check.id_region')
  })
  it('of the old kind with 15 digits is taken with a word', () => {
    expect([problemOf(id, '110105491231002'), doubtOf(id, '110105491231002', {})]).toEqual([null, 'check.id_old'])
    expect(problemOf(id, '110105491331002')).toBe('check.id_number')
  })
  it('that speaks against the date of birth is a doubt', () => {
    expect(doubtOf(id, '11010519491231002X', { birth_date: '1949-12-31' })).toBeNull()
    expect(doubtOf(id, '11010519491231002X', { birth_date: '1950-12-31' })).toBe('check.id_birth')
  })
})
