import { describe, expect, it } from 'vitest'
import { bytesOf, covering, merged } from './cover'
import { boxOf, contains, grown, paperLines, placeOf, pointOf, ringsOf, type LonLat } from './shape'

const SQUARE: LonLat[] = [[117, 36], [117.2, 36], [117.2, 36.2], [117, 36.2], [117, 36]]
const HOLE: LonLat[] = [[117.05, 36.05], [117.1, 36.05], [117.1, 36.1], [117.05, 36.1], [117.05, 36.05]]
const text = (rings: unknown): string => JSON.stringify({ type: 'Polygon', coordinates: rings })

describe('a boundary', () => {
  it('is read from its text', () => expect(ringsOf(text([SQUARE, HOLE]))).toEqual([SQUARE, HOLE]))
  it.each([null, undefined, 5, '', '{', '{}', 'null', text([]), text([[['x', 1]]]), text(7), JSON.stringify({ type: 'Point', coordinates: [1, 2] })])(
    'is not %j: the map does without', (value) => expect(ringsOf(value)).toBeNull(),
  )
  it('holds what lies inside, but for its holes', () => {
    expect(contains([SQUARE, HOLE], [117.15, 36.15])).toBe(true)
    expect(contains([SQUARE, HOLE], [117.07, 36.07])).toBe(false)
    expect(contains([SQUARE], [117.07, 36.3])).toBe(false)
  })
})

describe('places', () => {
  it('are read from records, and null where there is none', () => {
    expect(placeOf({ lon: '117.07', lat: '36.66', accuracy_m: '8' })).toEqual([117.07, 36.66])
    expect([placeOf(null), placeOf('x'), placeOf({ lon: '1' }), placeOf({ lon: 'a', lat: '2' })]).toEqual([null, null, null, null])
  })
  it('are written as six places without trailing zeros, and claim no accuracy', () =>
    expect(pointOf([117.0700004, 36.123456789])).toEqual({ lon: '117.07', lat: '36.123457' }))
  it('grow by metres the same both ways', () => {
    const box = grown(boxOf([[117, 36]])!, 1000)
    expect(box.north - 36).toBeCloseTo(0.00899, 4)
    expect((box.east - 117) * Math.cos((36 * Math.PI) / 180)).toBeCloseTo(0.00899, 4)
    expect(boxOf([])).toBeNull()
  })
  it('lie on squared paper, lines 100 m apart that stay where they are when the box grows', () => {
    const small = paperLines({ west: 117, south: 36, east: 117.01, north: 36.01 }, 100)
    expect(small.filter(([a, b]) => a![0] === b![0])).toHaveLength(9)
    expect(small.filter(([a, b]) => a![1] === b![1])).toHaveLength(11)
  })
})

describe('the tiles of an area', () => {
  it('are those that touch it, at each zoom', () => {
    const tiles = covering({ west: 117.07, south: 36.66, east: 117.076, north: 36.6645 }, 0, 15)
    expect(tiles[0]).toEqual({ z: 0, x: 0, y: 0 })
    expect(tiles.filter((tile) => tile.z === 15)).toEqual([{ z: 15, x: 27039, y: 12792 }, { z: 15, x: 27040, y: 12792 }])
  })
  it('never lie outside the world', () => {
    const tiles = covering({ west: -200, south: -95, east: 200, north: 95 }, 0, 2)
    expect(tiles).toHaveLength(1 + 4 + 16)
  })
})

describe('parts of a file read together', () => {
  it('become one where the gap is small', () =>
    expect(merged([{ offset: 0, length: 10 }, { offset: 15, length: 5 }, { offset: 100, length: 1 }], 8, 1000)).toEqual([{ offset: 0, length: 20 }, { offset: 100, length: 1 }]))
  it('stay apart where together they were too long', () =>
    expect(merged([{ offset: 0, length: 60 }, { offset: 60, length: 60 }], 8, 100)).toHaveLength(2))
  it('hold each wanted part whole, and never overlap', () => {
    let seed = 7
    const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
    for (let round = 0; round < 200; round++) {
      const wanted = Array.from({ length: 1 + next(30) }, () => ({ offset: next(5_000), length: 1 + next(400) }))
      const read = merged(wanted, next(200), 600)
      for (const part of wanted) expect(read.filter((one) => one.offset <= part.offset && part.offset + part.length <= one.offset + one.length)).toHaveLength(1)
      for (let n = 1; n < read.length; n++) expect(read[n]!.offset).toBeGreaterThanOrEqual(read[n - 1]!.offset + read[n - 1]!.length)
      expect(bytesOf(read)).toBeLessThanOrEqual(5_400)
    }
  })
})
