/** The map's own program files: not in the first download of the app, kept by its service worker when a map was opened. */

const LIMIT_MS = 60_000

/** Asks the service worker to keep them; whether they are on the phone now. */
export async function keepMapFiles(workers: ServiceWorkerContainer | undefined = navigator.serviceWorker): Promise<boolean> {
  const worker = (await workers?.getRegistration())?.active
  if (!worker) return false
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data }) => done(data === true)
    setTimeout(() => done(false), LIMIT_MS)
    worker.postMessage('keep-later', [port2])
  })
}
