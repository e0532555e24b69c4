import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec'
import { describe, expect, it } from 'vitest'
import { pointOf, type LonLat } from '@/core/map/shape'
import { metresBetween } from '@/ui/shared/place'
import { conversionFor } from './crs'
import { styleOf, type Colours, type GroundTiles } from './style'

const JINAN: LonLat = [117.1, 36.66]
const LOOK: Colours = { ground: '#f4f6f5', paper: '#ffffff', ink: '#1a2120', inkSoft: '#55625f', line: '#d9dfdd', accent: '#0b6e6e', waits: '#855500', urgent: '#b3261e', dark: false }
const VECTOR: GroundTiles = { template: 'kept://{z}/{x}/{y}', vector: true, minZoom: 5, maxZoom: 15, layers: ['pois', 'roads', 'water', 'buildings', 'landuse'] }
const RASTER: GroundTiles = { ...VECTOR, template: 'https://tiles.example.org/{z}/{x}/{y}.png', vector: false, layers: [] }

describe('coordinates over GCJ-02 tiles', () => {
  it('lie 547 m east and 49 m north of the record at Jinan', () => {
    const [lon, lat] = conversionFor('gcj02').shown(JINAN)
    expect(metresBetween(pointOf(JINAN), pointOf([lon, JINAN[1]]))).toBeCloseTo(547, -0.5)
    expect(metresBetween(pointOf(JINAN), pointOf([JINAN[0], lat]))).toBeCloseTo(49, -0.5)
    expect(lon > JINAN[0] && lat > JINAN[1]).toBe(true)
  })
  it('of a chosen place come back as the record has them, within 20 cm', () => {
    const { shown, kept } = conversionFor('gcj02')
    for (const at of [JINAN, [117.07, 36.66], [116.3, 39.9], [121.47, 31.23]] as LonLat[]) expect(metresBetween(pointOf(kept(shown(at))), pointOf(at))).toBeLessThan(0.2)
  })
  it('are left alone outside China, and over WGS-84 tiles', () => {
    expect(conversionFor('gcj02').shown([2.35, 48.85])).toEqual([2.35, 48.85])
    expect([conversionFor('wgs84').shown(JINAN), conversionFor(undefined).kept(JINAN)]).toEqual([JINAN, JINAN])
  })
})

describe('the style', () => {
  it.each([['paper', null], ['vector tiles', VECTOR], ['picture tiles', RASTER], ['vector tiles in the dark', VECTOR]])('over %s is valid, and asks no glyph server', (name, ground) => {
    const style = styleOf({ ...LOOK, dark: name.includes('dark') }, ground)
    expect(validateStyleMin(style as never)).toEqual([])
    expect(style.glyphs ?? style.sprite).toBeUndefined()
    expect(new Set(style.layers.map((layer) => layer.id)).size).toBe(style.layers.length)
  })
  it('draws the ground below what the work is about, roads above water', () => {
    const order = styleOf(LOOK, VECTOR).layers.map((layer) => layer.id)
    expect(order.indexOf('fill water')).toBeLessThan(order.indexOf('line roads'))
    expect(order.indexOf('name roads')).toBeLessThan(order.indexOf('cell'))
    expect(order.indexOf('cell')).toBeLessThan(order.indexOf('issue'))
  })
})
