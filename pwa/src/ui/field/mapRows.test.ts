import { describe, expect, it } from 'vitest'
import type { RecordView } from '@/services/workspace'
import type { Thing } from '@/ui/map/shown'
import { cellsOf, gridAt, listed, pageOf, readShown, toneOf } from './mapRows'

const SQUARE = JSON.stringify({ type: 'Polygon', coordinates: [[[117, 36], [117.1, 36], [117.1, 36.1], [117, 36.1], [117, 36]]] })
const row = (id: string, type: string, data: Record<string, unknown>, scope = 'grid:1'): RecordView => ({ id, type, scope, data, live: true, marks: {}, unsent: [] }) as unknown as RecordView
const at = (lon: number, lat: number) => ({ lon: String(lon), lat: String(lat) })
const ROWS = [
  row('1', 'area', { name: '第一网格', boundary: SQUARE }), row('2', 'area', { name: '社区', boundary: SQUARE }, 'org:2'), row('3', 'area', { name: '没画' }, 'grid:3'),
  row('b', 'building', { building_no: '3', estate: '东关', location: at(117.05, 36.05) }), row('n', 'building', { building_no: '4' }),
  row('d', 'dwelling', { building: 'b', room_no: '301' }), row('p', 'point', { name: '北门', kind: 'lift', location: at(117.01, 36.01) }),
  row('i', 'issue', { state: 'submitted', item_code: '0203', location: at(117.02, 36.02) }), row('j', 'issue', { state: 'closed', item_code: '0203', place: 'd' }),
  row('k', 'issue', { state: 'closed', item_code: '0203', address_text: '路口' }),
]
const work = {
  list: async (type: string) => ROWS.filter((one) => one.type === type),
  views: async (ids: string[]) => ROWS.filter((one) => ids.includes(one.id)),
} as never
const read = () => readShown(work, (_type, _field, code) => `<${String(code)}>`)

describe('what a map shows', () => {
  it('are grids that have a boundary, and what has a place', async () => {
    const { cells, things } = await read()
    expect(cells.map((cell) => cell.name)).toEqual(['第一网格'])
    expect(things.map((one) => one.id)).toEqual(['b', 'p', 'i', 'j'])
    expect(things.find((one) => one.id === 'p')).toMatchObject({ name: '北门', below: '<lift>', at: [117.01, 36.01] })
  })
  it('puts an issue without a place of its own at its building', async () =>
    expect((await read()).things.find((one) => one.id === 'j')).toMatchObject({ at: [117.05, 36.05], tone: 'done' }))
  it('colours an issue by who it waits for', () =>
    expect(['submitted', 'returned', 'on_hold', 'handled', 'closed', 'void'].map((state) => toneOf(row('x', 'issue', { state })))).toEqual(['waits', 'urgent', 'waits', 'accent', 'done', 'done']))
})

describe('the same as a list', () => {
  it('begins with issues, and with what is nearest once the phone was located', async () => {
    const { things } = await read()
    expect(listed(things, null).map((one) => one.id)).toEqual(['j', 'i', 'p', 'b'])
    const near = listed(things, { at: [117.01, 36.011], accuracy: 10 })
    expect(near.map((one) => one.id)).toEqual(['p', 'i', 'j', 'b'])
    expect(near[0]!.metres).toBeCloseTo(111, -1)
  })
  it('leads to pages', () => {
    const page = (kind: Thing['kind']) => pageOf({ kind, id: 'x' }).name
    expect([page('issue'), page('building'), page('point')]).toEqual(['issue', 'households', 'record'])
  })
})

it('a chosen place says which grid it is in', () => {
  const cells = cellsOf(ROWS.filter((one) => one.type === 'area'))
  expect([gridAt(cells, [117.05, 36.05]), gridAt(cells, [118, 36])]).toEqual(['grid:1', null])
})
