/** Randomness of the platform; crypto.getRandomValues exists on every phone we serve, randomUUID does not. */
import type { Random } from '../core/ports'

export const systemRandom: Random = {
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  fraction: () => crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32,
}
