import { describe, expect, it } from 'vitest'
import type { RecordView, Value } from '@/services/workspace'
import { empty, entriesOf, madeOf, put, replaced, type Held } from './corpus'
import { initialsOf } from './initials'
import { pack, unpack } from './packing'
import { find } from './search'

function view(type: string, id: string, data: Record<string, Value>, unsent: string[] = []): RecordView {
  return { id, type, data, unsent, live: true } as unknown as RecordView
}

const ROWS = [
  view('building', 'b', { estate: '东关小区', building_no: '3' }),
  view('dwelling', 'd1', { building: 'b', unit_no: '2', room_no: '501' }),
  view('dwelling', 'd2', { building: 'b', unit_no: '10', room_no: '101' }),
  view('household', 'h1', { dwelling: 'd1', contact_person: '王秀英', contact_phone: '139-0531 1234', note: '门铃在左侧', next_visit_due: '2026-11-20' }),
  view('household', 'h2', { dwelling: 'd2', contact_person: '李强' }),
  view('resident', 'r1', { name: '王小明', phone: '13800005678', birth_date: '1990-01-01' }, ['c1']),
  view('residence', 'l1', { resident: 'r1', dwelling: 'd1', household: 'h1' }),
]

function held(rows = ROWS): Held {
  const all = empty()
  rows.forEach((row) => put(all, row))
  return all
}
const entries = () => entriesOf(held(), initialsOf)

describe('one entry a household', () => {
  it('is found by the names, first letters and phones of its members and by its address', () => {
    for (const query of ['小明', '秀英', 'wxm', '5678', '1234', '3-2-501', '东关 501', 'dgxq wxy']) expect(find(entries(), query).map((one) => one.id), query).toContain('h1')
  })
  it('shows the contact where no member is known', () => expect(entries().find((one) => one.id === 'h2')?.names).toBe('李强'))
  it('sorts numbers as numbers', () => expect(entries().map((one) => one.place)).toEqual(['3-2-501', '3-10-101']))
  it('is marked while anything of the household or its people is unsent', () => expect(entries()[0]?.unsent).toBe(true))
  it('holds nothing but what search and lists need, and survives being kept as JSON', () => {
    const visited = view('household', 'h3', { dwelling: 'nowhere', last_visit_at: '2026-11-01T08:00:00Z', moved_out_on: '2026-11-02', preferred_time: 'evening' })
    const made = entriesOf(held([...ROWS, visited, view('building', 'b', { estate: '东关小区', building_no: '三号楼' })]), initialsOf).map((one) => ({ ...one, scope: 'grid:1' }))
    const kept = JSON.stringify(pack(made))
    expect(kept).not.toMatch(/门铃|1990-01-01/)
    expect(unpack('grid:1', JSON.parse(kept))).toEqual(made)
  })
  it('loses a member whose residence ended', () => {
    const rows = ROWS.map((row) => (row.id === 'l1' ? view('residence', 'l1', { ...row.data, to_on: '2026-10-01' }) : row))
    const after = entriesOf(held(rows), initialsOf)
    expect([after[0]?.names, find(after, '小明')]).toEqual(['王秀英', []])
  })
  it('is made anew when any record it is made of changes', () => {
    expect(madeOf(entries(), new Set(['b']))).toEqual(['h1', 'h2'])
    for (const id of ['h1', 'd1', 'l1', 'r1']) expect(madeOf(entries(), new Set([id])), id).toEqual(['h1'])
  })
  it('takes its place in the order when it is replaced, and goes with its record', () => {
    const moved = ROWS.map((row) => (row.id === 'd1' ? view('dwelling', 'd1', { ...row.data, unit_no: '20' }) : row))
    const made = entriesOf(held(moved), initialsOf).filter((one) => one.id === 'h1')
    expect(replaced(entries(), new Set(['h1']), made).map((one) => one.place)).toEqual(['3-10-101', '3-20-501'])
    expect(replaced(entries(), new Set(['h1']), []).map((one) => one.id)).toEqual(['h2'])
  })
})
