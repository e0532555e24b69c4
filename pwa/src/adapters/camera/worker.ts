/** The easel of a worker: drawing does not hold up the page. */
import { MIME, shrink, type Easel } from './shrink'

const easel: Easel = {
  async decode(file) {
    const image = await createImageBitmap(file) // upright: browsers apply the orientation unless told otherwise
    return { image, width: image.width, height: image.height, done: () => image.close() }
  },
  async draw(image, width, height, quality) {
    const canvas = new OffscreenCanvas(width, height)
    const pen = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D
    pen.fillStyle = '#fff'
    pen.fillRect(0, 0, width, height)
    pen.imageSmoothingQuality = 'high'
    pen.drawImage(image, 0, 0, width, height)
    return canvas.convertToBlob({ type: MIME, quality })
  },
}

onmessage = (sent: MessageEvent<Blob>): void => {
  shrink(sent.data, easel).then(
    (shrunk) => postMessage({ shrunk }),
    (fault: unknown) => postMessage({ fault: String(fault) }),
  )
}
