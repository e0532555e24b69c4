/** From a file of the camera or the gallery to a picture that may be kept. */
import { MIME, shrink, type Easel, type Shrunk } from './shrink'

/** It is no picture that this browser can open. */
export class NotAPicture extends Error {}

/** Larger files are not opened: the phone would run out of memory (bytes). */
const MOST_BYTES = 60 * 1024 * 1024

/** For browsers whose workers cannot draw. */
const pageEasel: Easel = {
  async decode(file) {
    const address = URL.createObjectURL(file)
    const image = new Image()
    image.src = address
    await image.decode().catch((fault: unknown) => {
      URL.revokeObjectURL(address)
      throw fault
    })
    return { image, width: image.naturalWidth, height: image.naturalHeight, done: () => URL.revokeObjectURL(address) }
  },
  draw(image, width, height, quality) {
    const canvas = Object.assign(document.createElement('canvas'), { width, height })
    const pen = canvas.getContext('2d') as CanvasRenderingContext2D
    pen.fillStyle = '#fff'
    pen.fillRect(0, 0, width, height)
    pen.drawImage(image, 0, 0, width, height)
    return new Promise((done, fail) =>
      canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('not drawn'))), MIME, quality),
    )
  },
}

const workerDraws = (): boolean =>
  typeof Worker !== 'undefined' && typeof OffscreenCanvas !== 'undefined' && 'convertToBlob' in OffscreenCanvas.prototype

function inWorker(file: Blob): Promise<Shrunk> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  return new Promise<Shrunk>((done, fail) => {
    worker.onmessage = ({ data }: MessageEvent<{ shrunk?: Shrunk; fault?: string }>) =>
      data.shrunk ? done(data.shrunk) : fail(new Error(data.fault))
    worker.onerror = () => fail(new Error('the worker failed'))
    worker.postMessage(file)
  }).finally(() => worker.terminate())
}

/** Rejects with NotAPicture. What a worker cannot do the page tries once more. */
export async function prepare(file: Blob): Promise<Shrunk> {
  if (file.size === 0 || file.size > MOST_BYTES) throw new NotAPicture()
  const first = workerDraws() ? await inWorker(file).catch(() => null) : null
  if (first) return first
  return shrink(file, pageEasel).catch(() => {
    throw new NotAPicture()
  })
}
