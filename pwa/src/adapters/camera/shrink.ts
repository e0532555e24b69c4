/**
 * A picture made fit to travel: upright, at most 1,600 px and 600 kB, drawn anew, so that nothing of the
 * camera's metadata (place, owner, serial number) is left in it. Runs in a worker or in the page.
 */
import { hexOf, sha256 } from '../crypto'

const LONGEST = 1_600
const MOST_BYTES = 600_000
const THUMB = 320
/** Tried in this order until the file is small enough; then the picture is made smaller. */
const QUALITIES = [0.82, 0.72, 0.6, 0.5]
const SMALLER = 0.8
export const MIME = 'image/jpeg'

export interface Shrunk {
  bytes: Uint8Array
  thumb: Uint8Array
  mime: string
  sha256: string
}

/** What a place offers that can draw: a worker has other means than a page. */
export interface Easel {
  /** Decoded and turned upright; rejects when it is no picture. */
  decode(file: Blob): Promise<{ image: CanvasImageSource; width: number; height: number; done(): void }>
  /** Drawn at this size on white, as JPEG. */
  draw(image: CanvasImageSource, width: number, height: number, quality: number): Promise<Blob>
}

const bytesOf = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer())

/** Whole pixels with the longer side at most `most`, never enlarged. */
export function fit(width: number, height: number, most: number): [number, number] {
  const scale = Math.min(1, most / Math.max(width, height))
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))]
}

export async function shrink(file: Blob, easel: Easel): Promise<Shrunk> {
  const picture = await easel.decode(file)
  try {
    const { image, width, height } = picture
    const bytes = await bytesOf(await smallEnough(picture, easel))
    const thumb = await bytesOf(await easel.draw(image, ...fit(width, height, THUMB), 0.7))
    return { bytes, thumb, mime: MIME, sha256: hexOf(await sha256(bytes)) }
  } finally {
    picture.done()
  }
}

async function smallEnough(picture: Awaited<ReturnType<Easel['decode']>>, easel: Easel): Promise<Blob> {
  const { image, width, height } = picture
  for (let longest = LONGEST; ; longest = Math.floor(longest * SMALLER)) {
    for (const quality of QUALITIES) {
      const drawn = await easel.draw(image, ...fit(width, height, longest), quality)
      if (drawn.size <= MOST_BYTES) return drawn
    }
  }
}
