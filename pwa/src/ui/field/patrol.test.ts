import { describe, expect, it } from 'vitest'
import type { RecordView } from '@/services/workspace'
import { metresBetween } from '@/ui/shared/place'
import { byOrder, distanceTo, isThere } from './patrol'

const at = (lon: string, lat: string, accuracy_m: string | null = '5') => ({ lon, lat, accuracy_m })
const point = (data: RecordView['data']): RecordView => ({ id: 'p', type: 'point', data }) as unknown as RecordView

describe('a check-in by GPS', () => {
  const shed = point({ location: at('117.043000', '36.662000'), radius_m: 30 })
  const here = (lat: string, accuracy: string) => at('117.043000', lat, accuracy)

  it('counts inside the radius', () => expect(isThere(shed, here('36.662200', '5'), distanceTo(shed, here('36.662200', '5')))).toBe(true))
  it('is helped by the error that the phone admits', () => {
    const fix = here('36.662500', '30') // 56 m away
    expect(isThere(shed, fix, distanceTo(shed, fix))).toBe(true)
    expect(isThere(shed, { ...fix, accuracy_m: '5' }, distanceTo(shed, fix))).toBe(false)
  })
  it('counts at a point whose place nobody recorded', () => {
    const unplaced = point({})
    expect(distanceTo(unplaced, here('36.662000', '5'))).toBeNull()
    expect(isThere(unplaced, here('36.662000', '5'), null)).toBe(true)
  })
})

it('a thousandth of a degree of latitude is 111 metres', () => {
  expect(metresBetween(at('117', '36.661'), at('117', '36.662'))).toBeCloseTo(111.2, 0)
})

it('points are walked in their order, then by name', () => {
  const points = [point({ name: '乙', order: 2 }), point({ name: '丙', order: 1 }), point({ name: '甲', order: 2 })]
  expect(points.sort(byOrder).map((one) => one.data.order)).toEqual([1, 2, 2])
})
