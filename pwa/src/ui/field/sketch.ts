/** Pieces of a track as lines in a box: each piece a line of its own, so that a gap stays a gap. */
const [WIDTH, HEIGHT, EDGE] = [300, 160, 12]

/** Points of an SVG polyline a piece; a piece of one place is a dot. Longitudes are narrowed to the latitude. */
export function sketch(pieces: [number, number][][]): string[] {
  const all = pieces.flat()
  if (!all.length) return []
  const narrow = Math.cos((all[0]![1] * Math.PI) / 180)
  const xs = all.map(([lon]) => lon * narrow)
  const ys = all.map(([, lat]) => lat)
  const [left, top] = [Math.min(...xs), Math.max(...ys)]
  const scale = Math.min((WIDTH - 2 * EDGE) / (Math.max(...xs) - left || 1e-6), (HEIGHT - 2 * EDGE) / (top - Math.min(...ys) || 1e-6))
  const place = ([lon, lat]: [number, number]): string => `${(EDGE + (lon * narrow - left) * scale).toFixed(1)},${(EDGE + (top - lat) * scale).toFixed(1)}`
  return pieces.filter((piece) => piece.length).map((piece) => (piece.length === 1 ? [piece[0]!, piece[0]!] : piece).map(place).join(' '))
}
