/** Ids: UUIDv7, made from the injected clock and random source. */
import type { Clock, Random } from './ports'

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** 36 characters, lower case; sorts by time of making. */
export function uuid7(clock: Clock, random: Random): string {
  const bytes = random.bytes(16)
  let millis = clock.millis()
  for (let at = 5; at >= 0; at--) {
    bytes[at] = millis % 256
    millis = Math.floor(millis / 256)
  }
  bytes[6] = 0x70 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  const text = hex(bytes)
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
}

/** 16 hex characters, for run ids. */
export const shortId = (random: Random): string => hex(random.bytes(8))
