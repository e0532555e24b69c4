/** Reading QR codes with the camera, where the browser has a reader of its own. */

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>
}
type DetectorClass = { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> }

const EVERY_MS = 250
const detectorClass = (): DetectorClass | undefined => (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector

export async function canScan(): Promise<boolean> {
  const formats = (await detectorClass()?.getSupportedFormats().catch(() => [])) ?? []
  return formats.includes('qr_code') && !!navigator.mediaDevices?.getUserMedia
}

export type Scan = { code: string } | { problem: 'denied' | 'unavailable' | 'stopped' }

/** Shows the camera in `video` until a code is read or `signal` ends it; the camera is off afterwards. */
export async function scan(video: HTMLVideoElement, signal: AbortSignal): Promise<Scan> {
  const Reader = detectorClass()
  if (!Reader) return { problem: 'unavailable' }
  let stream: MediaStream | null = null
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
    video.srcObject = stream
    void video.play().catch(() => undefined) // frames that are not there yet are read as nothing
    return await read(new Reader({ formats: ['qr_code'] }), video, signal)
  } catch (fault) {
    if (signal.aborted) return { problem: 'stopped' }
    return { problem: (fault as Error).name === 'NotAllowedError' ? 'denied' : 'unavailable' }
  } finally {
    stream?.getTracks().forEach((track) => track.stop())
  }
}

async function read(reader: Detector, video: HTMLVideoElement, signal: AbortSignal): Promise<Scan> {
  while (!signal.aborted) {
    const [found] = await reader.detect(video).catch(() => [])
    if (found?.rawValue) return { code: found.rawValue }
    await new Promise((done) => setTimeout(done, EVERY_MS))
  }
  return { problem: 'stopped' }
}
