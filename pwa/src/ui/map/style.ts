/** How the map looks: colours of the theme, layers of the ground, layers of what is on it. No network, no glyph server. */
import type { LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl'

export interface Colours {
  ground: string
  paper: string
  ink: string
  inkSoft: string
  line: string
  accent: string
  waits: string
  urgent: string
  dark: boolean
}

export interface GroundTiles {
  /** Template with {z}/{x}/{y}. */
  template: string
  vector: boolean
  minZoom: number
  maxZoom: number
  layers: string[]
}

/** Without a `glyphs` address the map draws every letter with fonts of the phone, Chinese ones too. */
const FONT = ['PingFang SC', 'HarmonyOS Sans SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'sans-serif']
const EMPTY: SourceSpecification = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } }
/** Zooms from which a kind has its names: houses first, they are what people find their way by. */
const NAMED_FROM = { building: 14, point: 16.5, issue: 17 }
export const KINDS = ['building', 'point', 'issue'] as const

export function colours(root: HTMLElement = document.documentElement): Colours {
  const styles = getComputedStyle(root)
  const read = (name: string): string => styles.getPropertyValue(name).trim()
  return {
    ground: read('--ground'), paper: read('--paper'), ink: read('--ink'), inkSoft: read('--ink-soft'), line: read('--line'),
    accent: read('--accent'), waits: read('--waits'), urgent: read('--urgent'), dark: root.dataset.theme === 'dark',
  }
}

export function styleOf(look: Colours, ground: GroundTiles | null): StyleSpecification {
  const sources: Record<string, SourceSpecification> = { lines: EMPTY, cells: EMPTY, things: EMPTY, here: EMPTY }
  if (ground) sources.ground = sourceOf(ground)
  return {
    version: 8,
    sources,
    layers: [
      { id: 'paper', type: 'background', paint: { 'background-color': look.paper } },
      { id: 'lines', type: 'line', source: 'lines', paint: { 'line-color': look.line, 'line-width': 1, 'line-opacity': 0.7 } },
      ...(ground ? groundLayers(ground, look) : []), // over the lines: where a tile does not come, they show
      { id: 'cell', type: 'fill', source: 'cells', paint: { 'fill-color': look.accent, 'fill-opacity': 0.09 } },
      { id: 'cell-edge', type: 'line', source: 'cells', paint: { 'line-color': look.accent, 'line-width': 2.5 } },
      ...KINDS.map((kind) => thingLayer(kind, look)),
      ...hereLayers(look),
    ],
  }
}

function sourceOf(ground: GroundTiles): SourceSpecification {
  const range = { tiles: [ground.template], minzoom: ground.minZoom, maxzoom: ground.maxZoom }
  return ground.vector ? { type: 'vector', ...range } : { type: 'raster', tileSize: 256, ...range }
}

function thingLayer(kind: (typeof KINDS)[number], look: Colours): LayerSpecification {
  return {
    id: kind, type: 'symbol', source: 'things', filter: ['==', ['get', 'kind'], kind],
    layout: {
      'icon-image': ['concat', kind, '-', ['get', 'tone']], 'icon-allow-overlap': true, 'icon-ignore-placement': true,
      'text-field': ['step', ['zoom'], '', NAMED_FROM[kind], ['get', 'name']], 'text-font': FONT, 'text-size': 13, 'text-anchor': 'top', 'text-offset': [0, 0.9],
      'text-optional': true, 'text-max-width': 8,
    },
    paint: { 'text-color': look.ink, 'text-halo-color': look.paper, 'text-halo-width': 1.6 },
  }
}

function hereLayers(look: Colours): LayerSpecification[] {
  return [
    { id: 'here-round', type: 'fill', source: 'here', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': look.accent, 'fill-opacity': 0.18 } },
    { id: 'here', type: 'circle', source: 'here', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 8, 'circle-color': look.accent, 'circle-stroke-color': look.paper, 'circle-stroke-width': 3 } },
  ]
}

/** What a layer of a vector file is about, told by its name: the usual schemas call things the same. */
const SUBJECTS: [RegExp, 'water' | 'green' | 'built' | 'road' | 'edge'][] = [
  [/water|ocean|river|lake/, 'water'], [/park|land(use|cover)|wood|grass|green|natural/, 'green'],
  [/building/, 'built'], [/road|transport|street|highway|path|rail/, 'road'], [/bound|admin/, 'edge'],
]

export function groundLayers(ground: GroundTiles, look: Colours): LayerSpecification[] {
  if (!ground.vector) return [{ id: 'ground', type: 'raster', source: 'ground', paint: look.dark ? { 'raster-brightness-max': 0.55, 'raster-saturation': -0.4 } : {} }]
  const known = ground.layers.map((name) => ({ name, about: SUBJECTS.find(([words]) => words.test(name))?.[1] ?? null }))
  const drawn = ['green', 'water', 'built', 'road', 'edge'].flatMap((about) => known.filter((one) => one.about === about))
  return [...drawn.flatMap(({ name, about }) => subjectLayers(name, about!, look)), ...ground.layers.map((name) => named(name, look))]
}

function subjectLayers(name: string, about: 'water' | 'green' | 'built' | 'road' | 'edge', look: Colours): LayerSpecification[] {
  const colour = look.dark
    ? { water: '#16313d', green: '#1a2a20', built: '#2a3335', road: '#4a5759', edge: look.line }[about]
    : { water: '#cfe3ec', green: '#e3efdf', built: '#e6e4df', road: '#c9c4ba', edge: look.line }[about]
  const from = { source: 'ground', 'source-layer': name }
  return [
    { id: `fill ${name}`, type: 'fill', ...from, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': colour } },
    { id: `line ${name}`, type: 'line', ...from, filter: ['==', ['geometry-type'], 'LineString'], paint: { 'line-color': colour, 'line-width': ['interpolate', ['linear'], ['zoom'], 12, 0.8, 18, about === 'road' ? 8 : 2] } },
  ]
}

function named(name: string, look: Colours): LayerSpecification {
  return {
    id: `name ${name}`, type: 'symbol', source: 'ground', 'source-layer': name, filter: ['has', 'name'],
    layout: { 'text-field': ['coalesce', ['get', 'name:zh-Hans'], ['get', 'name:zh'], ['get', 'name']], 'text-font': FONT, 'text-size': 12, 'symbol-placement': 'point' },
    paint: { 'text-color': look.inkSoft, 'text-halo-color': look.paper, 'text-halo-width': 1.4 },
  }
}
