import { describe, expect, it } from 'vitest'
import type { RecordView } from '@/services/workspace'
import { metresBetween } from '@/ui/shared/place'
import { faults, packed } from './checklists'
import { byOrder, distanceTo, isThere, stopOf, stopOfCode, type Run } from './patrol'
import { sketch } from './sketch'

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

describe('several check-ins at one point', () => {
  const check = (data: RecordView['data']): RecordView => ({ id: 'c', type: 'check', data }) as unknown as RecordView
  it('count once, and a fault that one found stays a fault', () => {
    const stop = stopOf(point({}), [check({ how: 'gps', ok: true }), check({ how: 'qr', ok: false })])
    expect([stop.check?.data.how, stop.faulty, stop.checks.length]).toEqual(['gps', true, 2])
  })
  it('count as looked at where one skipped it and another went', () => {
    const stop = stopOf(point({}), [check({ skipped_reason: 'locked' }), check({ how: 'qr', ok: true })])
    expect([stop.check?.data.how, stop.faulty]).toEqual(['qr', false])
  })
})

it('a code leads to its point, and an unknown or empty one to none', () => {
  const stops = [stopOf(point({ code: 'A-1' }), []), stopOf(point({}), [])]
  const run = { stops } as unknown as Run
  expect([stopOfCode(run, ' A-1 '), stopOfCode(run, 'B'), stopOfCode(run, '')]).toEqual([stops[0], null, null])
})

describe('a track is drawn', () => {
  it('as a line a piece, inside its box, and a piece of one place as a dot', () => {
    const [line, dot] = sketch([[[117.07, 36.66], [117.071, 36.661]], [[117.072, 36.66]]])
    expect(line!.split(' ').length).toBe(2)
    expect(new Set(dot!.split(' ')).size).toBe(1)
    const numbers = `${line} ${dot}`.split(/[ ,]/).map(Number)
    expect(numbers.every((number) => number >= 0 && number <= 300)).toBe(true)
  })
  it('as nothing where there is nothing', () => expect(sketch([[]])).toEqual([]))
})

it('answers of a checklist travel as a set and come back as faults', () => {
  const items = ['a', 'b'].map((code) => ({ code, zh: code, en: code, opens: null }))
  const answers = packed({ b: 'problem', a: 'ok' })
  expect(answers).toEqual(['a=ok', 'b=problem'])
  expect(faults(point({ answers }), items).map((item) => item.code)).toEqual(['b'])
  expect([packed({}), faults(point({}), items)]).toEqual([null, []])
})
