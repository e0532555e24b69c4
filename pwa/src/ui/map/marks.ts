/** Marks on the map: a house, a ring, a flag. Shape tells the kind, colour the state; nobody has to see colours. */
import type { Map as MapLibre } from 'maplibre-gl'
import type { Kind, Tone } from './shown'
import type { Colours } from './style'

const SIDE = 26
const RATIO = 2

export function addMarks(map: MapLibre, look: Colours): void {
  const tones: Record<Tone, string> = { plain: look.inkSoft, accent: look.accent, waits: look.waits, urgent: look.urgent, done: look.inkSoft }
  for (const kind of Object.keys(SHAPES) as Kind[]) {
    for (const [tone, colour] of Object.entries(tones)) map.addImage(`${kind}-${tone}`, drawn(kind, colour, look.paper), { pixelRatio: RATIO })
  }
}

const SHAPES: Record<Kind, (path: Path2D) => void> = {
  building: (path) => {
    path.moveTo(4, 12)
    for (const [x, y] of [[13, 4], [22, 12], [22, 22], [4, 22]]) path.lineTo(x!, y!)
    path.closePath()
  },
  point: (path) => path.arc(13, 13, 8, 0, 2 * Math.PI),
  issue: (path) => {
    path.moveTo(13, 2)
    for (const [x, y] of [[24, 13], [13, 24], [2, 13]]) path.lineTo(x!, y!)
    path.closePath()
  },
}

function drawn(kind: Kind, colour: string, paper: string): ImageData {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = SIDE * RATIO
  const pen = canvas.getContext('2d')!
  pen.scale(RATIO, RATIO)
  const path = new Path2D()
  SHAPES[kind](path)
  pen.lineJoin = 'round'
  pen.lineWidth = kind === 'point' ? 4 : 2.5
  pen.fillStyle = kind === 'point' ? paper : colour
  pen.strokeStyle = kind === 'point' ? colour : paper
  pen.fill(path)
  pen.stroke(path)
  if (kind === 'issue') {
    pen.fillStyle = paper
    pen.fillRect(12, 8, 2.2, 6.5)
    pen.fillRect(12, 16, 2.2, 2.2)
  }
  return pen.getImageData(0, 0, canvas.width, canvas.height)
}
