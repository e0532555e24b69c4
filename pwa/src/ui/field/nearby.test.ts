import { describe, expect, it } from 'vitest'
import type { RecordView, Value } from '@/services/workspace'
import { buildingsNear, similarIssues } from './nearby'

/** 0.0001 degrees of latitude are 11 m. */
const at = (north: number, accuracy_m = '5') => ({ lon: '117.07', lat: (36.66 + north / 111_200).toFixed(6), accuracy_m })
const record = (id: string, data: Record<string, Value>): RecordView => ({ id, data }) as unknown as RecordView
const ids = (near: { record: RecordView }[]): string[] => near.map((one) => one.record.id)

describe('open issues that may be the same', () => {
  const issue = (id: string, north: number, more: Record<string, Value> = {}) => record(id, { item_code: '0203', state: 'submitted', location: at(north), ...more })
  const wanted = { item: '0203', here: at(0), places: [] }

  it('lie within fifty metres, the same item first, then the nearest', () => {
    const issues = [issue('far', 51), issue('near', 40), issue('other', 3, { item_code: '0204' }), issue('nearest', 10)]
    expect(ids(similarIssues(issues, wanted))).toEqual(['nearest', 'near', 'other'])
  })
  it('are open, and of the same class', () => {
    expect(similarIssues([issue('closed', 1, { state: 'closed' }), issue('litter', 1, { item_code: '0101' })], wanted)).toEqual([])
  })
  it('are found by the building where nobody knows the place', () => {
    const issues = [record('same', { item_code: '0203', state: 'accepted', place: 'b' }), record('no', { item_code: '0203', state: 'accepted', place: 'c' })]
    expect(ids(similarIssues(issues, { item: '0203', here: null, places: [null, 'b'] }))).toEqual(['same'])
    expect(similarIssues(issues, { item: '0203', here: null, places: [null, null] })).toEqual([])
  })
})

it('buildings that name a place are those within its error, nearest first', () => {
  const buildings = [record('b70', { location: at(70) }), record('b20', { location: at(20) }), record('none', {}), record('b90', { location: at(90) })]
  expect(ids(buildingsNear(buildings, at(0)))).toEqual(['b20'])
  expect(ids(buildingsNear(buildings, at(0, '20')))).toEqual(['b20', 'b70'])
})
