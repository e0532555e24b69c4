/**
 * The map itself: MapLibre over what rows say and, where there are any, tiles. Loaded only when somebody opens a map;
 * MapView.vue is the one place that does.
 */
import { addProtocol, Map as MapLibre, ScaleControl, setWorkerUrl, type GeoJSONSource } from 'maplibre-gl'
import 'maplibre-gl/dist/maplibre-gl.css'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import type { Feature, Geometry } from 'geojson'
import { boxOf, grown, paperLines, type Box, type LonLat } from '@/core/map/shape'
import { archiveOf, type Archive } from '@/services/archive'
import type { Ground } from '@/services/tiles'
import { conversionFor, type Conversion } from './crs'
import { addMarks } from './marks'
import { extentOf, type Here, type Shown } from './shown'
import { colours, styleOf, type GroundTiles } from './style'

export { keepTiles, planOf, type Plan } from '@/services/archive'

/** Pixels beside the whole grid; below it lie the buttons. */
const PADDING = { top: 36, left: 36, right: 36, bottom: 84 }
const TAP_PX = 28
const CLOSE = 17
const SHEET_M = 2_000
const LINES_M = 100

setWorkerUrl(workerUrl)
let archive: Archive | null = null
addProtocol('kept', async ({ url }) => {
  const [z, x, y] = url.slice('kept://'.length).split('/').map(Number)
  const data = await archive?.tile({ z: z!, x: x!, y: y! })
  return { data: data ?? new ArrayBuffer(0) }
})

export interface Drawing {
  show(shown: Shown): void
  here(place: Here | null): void
  /** Ids of the things under a finger, nearest first; from what is shown, so that a tap while marks are redrawn counts. */
  near(point: { x: number; y: number }): string[]
  /** The middle of the map as records would have it. */
  centre(): LonLat
  goTo(at: LonLat): void
  zoom(by: number): void
  whole(): void
  end(): void
}

export interface DrawingOptions {
  into: HTMLElement
  label: string
  shown: Shown
  /** Where to look first; the whole area where null. */
  start: LonLat | null
  ground: Ground
  /** Ids of the things under a finger, nearest first, and the place. */
  onTap(ids: string[], at: LonLat): void
}

export async function draw(options: DrawingOptions): Promise<Drawing> {
  const { tiles } = options.ground
  const look = colours()
  const ground = await groundOf(options.ground)
  const turn = conversionFor(tiles?.crs)
  const map = new MapLibre({
    container: options.into, style: styleOf(look, ground), attributionControl: false, dragRotate: false, touchPitch: false,
    pitchWithRotate: false, maxZoom: 20, minZoom: 9, fadeDuration: 0, locale: { 'Map.Title': options.label }, renderWorldCopies: false,
  })
  Object.assign(options.into, { map }) // for who looks from outside: tests, and people in the browser's console
  map.touchZoomRotate.disableRotation()
  map.addControl(new ScaleControl({ maxWidth: 90 }), 'top-right') // the buttons lie below
  map.on('error', ({ error }) => console.debug(error)) // a tile that is not here: the paper shows
  addMarks(map, look)
  const drawing = handles(map, turn, options.shown)
  lookFirst(map, turn, options)
  await new Promise<void>((done) => void map.once('style.load', () => done())) // not `load`: that waits for tiles, which may never come
  drawing.show(options.shown)
  map.on('click', ({ point, lngLat }) => options.onTap(drawing.near(point), turn.kept([lngLat.lng, lngLat.lat])))
  return drawing
}

/** How the ground is to be drawn; null: paper. */
async function groundOf({ tiles, kept }: Ground): Promise<GroundTiles | null> {
  if (!tiles) return null
  if (tiles.kind === 'url') return { template: tiles.url, vector: false, minZoom: 0, maxZoom: 18, layers: [] }
  archive = archiveOf(tiles, kept)
  try {
    return { template: 'kept://{z}/{x}/{y}', ...(await archive.about()) }
  } catch {
    return null // neither kept nor reachable
  }
}

function lookFirst(map: MapLibre, turn: Conversion, { start, shown }: DrawingOptions): void {
  const box = boxOf(extentOf(shown).map(turn.shown))
  if (start) map.jumpTo({ center: turn.shown(start), zoom: CLOSE })
  else if (box) map.fitBounds([box.west, box.south, box.east, box.north], { padding: PADDING, animate: false, maxZoom: CLOSE })
}

function handles(map: MapLibre, turn: Conversion, first: Shown): Drawing {
  let now = first
  const drawn = new Map<string, string>()
  /** What is drawn already is not drawn anew: a commit that changed nothing here must not make the marks flicker. */
  const set = (source: string, features: Feature[]): void => {
    const text = JSON.stringify(features)
    if (drawn.get(source) === text) return
    drawn.set(source, text)
    ;(map.getSource(source) as GeoJSONSource).setData({ type: 'FeatureCollection', features })
  }
  return {
    show(shown) {
      now = shown
      set('cells', shown.cells.map(({ scope, name, rings }) => feature({ type: 'Polygon', coordinates: rings.map((ring) => ring.map(turn.shown)) }, { scope, name })))
      set('things', shown.things.map(({ id, kind, at, name, tone }) => feature({ type: 'Point', coordinates: turn.shown(at) }, { id, kind, name, tone })))
      const sheet = boxOf(extentOf(shown).map(turn.shown))
      set('lines', sheet ? paperLines(grown(sheet, SHEET_M), LINES_M).map((line) => feature({ type: 'LineString', coordinates: line }, {})) : [])
    },
    here(place) {
      if (!place) return set('here', [])
      const at = turn.shown(place.at)
      set('here', [feature({ type: 'Polygon', coordinates: [round(at, place.accuracy)] }, {}), feature({ type: 'Point', coordinates: at }, {})])
    },
    centre() {
      const { lng, lat } = map.getCenter()
      return turn.kept([lng, lat])
    },
    goTo: (at) => void map.easeTo({ center: turn.shown(at), zoom: Math.max(map.getZoom(), CLOSE - 1), duration: 150 }),
    zoom: (by) => void map.easeTo({ zoom: map.getZoom() + by, duration: 150 }),
    whole() {
      const box = boxOf(extentOf(now).map(turn.shown))
      if (box) map.fitBounds([box.west, box.south, box.east, box.north], { padding: PADDING, duration: 150, maxZoom: CLOSE })
    },
    near({ x, y }) {
      const far = now.things.map(({ id, at }) => {
        const on = map.project(turn.shown(at))
        return { id, px: Math.hypot(on.x - x, on.y - y) }
      })
      return far.filter(({ px }) => px <= TAP_PX).sort((a, b) => a.px - b.px).map(({ id }) => id)
    },
    end: () => map.remove(),
  }
}

const feature = (geometry: Geometry, properties: Record<string, unknown>): Feature => ({ type: 'Feature', geometry, properties })

/** A ring of so many metres round a place. */
function round([lon, lat]: LonLat, metres: number): LonLat[] {
  const box = grown({ west: lon, east: lon, south: lat, north: lat }, metres)
  const corner = (n: number): LonLat => {
    const angle = (n / 32) * 2 * Math.PI
    return [lon + (box.east - lon) * Math.cos(angle), lat + (box.north - lat) * Math.sin(angle)]
  }
  return Array.from({ length: 33 }, (_, n) => corner(n))
}

/** Boxes to keep tiles for, in the tiles' own coordinates. */
export function boxesToKeep(shown: Shown, crs: string): Box[] {
  const turn = conversionFor(crs)
  const areas = shown.cells.length ? shown.cells.map((cell) => cell.rings[0]!) : [extentOf(shown)]
  return areas.map((places) => boxOf(places.map(turn.shown))).filter((box) => box !== null)
}
