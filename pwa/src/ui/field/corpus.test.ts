import { describe, expect, it } from 'vitest'
import type { RecordView, Value } from '@/services/workspace'
import { empty, entriesOf, put } from './corpus'
import { find } from './search'

function view(type: string, id: string, data: Record<string, Value>, unsent: string[] = []): RecordView {
  return { id, type, data, unsent, live: true } as unknown as RecordView
}

function held() {
  const all = empty()
  const rows = [
    view('building', 'b', { estate: '东关小区', building_no: '3' }),
    view('dwelling', 'd1', { building: 'b', unit_no: '2', room_no: '501' }),
    view('dwelling', 'd2', { building: 'b', unit_no: '10', room_no: '101' }),
    view('household', 'h1', { dwelling: 'd1', contact_person: '王秀英', contact_phone: '13905311234' }),
    view('household', 'h2', { dwelling: 'd2', contact_person: '李强' }),
    view('resident', 'r1', { name: '王小明', phone: '13800005678' }, ['c1']),
    view('residence', 'l1', { resident: 'r1', dwelling: 'd1', household: 'h1' }),
  ]
  for (const row of rows) put(all, row.id, row)
  return all
}

describe('one line a household', () => {
  it('is found by the names and phones of its members and by its address', () => {
    const entries = entriesOf(held())
    for (const query of ['小明', '秀英', '5678', '1234', '3-2-501', '东关 501']) expect(find(entries, query).map((one) => one.id), query).toEqual(['h1'])
  })
  it('shows the contact where no member is known', () => expect(entriesOf(held()).find((one) => one.id === 'h2')?.names).toBe('李强'))
  it('sorts numbers as numbers', () => expect(entriesOf(held()).map((one) => one.place)).toEqual(['3-2-501', '3-10-101']))
  it('is marked while anything of the household or its people is unsent', () => expect(entriesOf(held())[0]?.unsent).toBe(true))
  it('loses a member whose residence ended', () => {
    const all = held()
    put(all, 'l1', view('residence', 'l1', { resident: 'r1', dwelling: 'd1', household: 'h1', to_on: '2026-10-01' }))
    const entries = entriesOf(all)
    expect([entries[0]?.names, find(entries, '小明')]).toEqual(['王秀英', []])
  })
  it('goes with its record', () => {
    const all = held()
    put(all, 'h2', undefined)
    expect(entriesOf(all).map((one) => one.id)).toEqual(['h1'])
  })
})
