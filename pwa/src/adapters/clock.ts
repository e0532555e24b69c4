/** The device's clock. */
import type { Clock } from '../core/ports'

export const systemClock: Clock = {
  now: () => new Date().toISOString(),
  millis: () => Date.now(),
  wait: (ms, stop) =>
    new Promise((resolve) => {
      if (stop?.aborted) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        stop?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      stop?.addEventListener('abort', done)
    }),
}
