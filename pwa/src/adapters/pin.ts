/** PIN and server share: PBKDF2-SHA-256 of the PIN, HKDF-SHA-256 with the share, AES-256-GCM around the rows' key. */
import type { PinCrypto } from '../core/ports'
import { boxesOf } from './crypto'

const encoder = new TextEncoder()
const NONCE = 12
const INFO = encoder.encode('grid pin 1')
const subtle = (): SubtleCrypto => crypto.subtle

async function wrapping(pin: string, share: string, salt: Uint8Array, rounds: number): Promise<CryptoKey> {
  const typed = await subtle().importKey('raw', encoder.encode(pin), 'PBKDF2', false, ['deriveBits'])
  const slow = await subtle().deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: bytes(salt), iterations: rounds }, typed, 256)
  const theirs = encoder.encode(share)
  const both = new Uint8Array(slow.byteLength + theirs.length)
  both.set(new Uint8Array(slow))
  both.set(theirs, slow.byteLength)
  const secret = await subtle().importKey('raw', both, 'HKDF', false, ['deriveKey'])
  both.fill(0)
  const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: INFO }
  return subtle().deriveKey(how, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

/** A copy with a buffer of its own, as WebCrypto's types want it. */
const bytes = (given: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(given)

const hex = (buffer: ArrayBuffer): string =>
  [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('')

export const pinCrypto: PinCrypto = {
  rounds: 600_000,
  async wrap(key, pin, share, salt, rounds) {
    const iv = crypto.getRandomValues(new Uint8Array(NONCE))
    const around = await wrapping(pin, share, salt, rounds)
    const inner = await subtle().encrypt({ name: 'AES-GCM', iv }, around, bytes(key))
    const wrapped = new Uint8Array(NONCE + inner.byteLength)
    wrapped.set(iv)
    wrapped.set(new Uint8Array(inner), NONCE)
    return wrapped
  },
  async unwrap(wrapped, pin, share, salt, rounds) {
    const around = await wrapping(pin, share, salt, rounds)
    const given = bytes(wrapped)
    const how = { name: 'AES-GCM', iv: given.slice(0, NONCE) }
    return subtle()
      .decrypt(how, around, given.slice(NONCE))
      .then((key) => new Uint8Array(key))
      .catch(() => null)
  },
  idOf: async (share) => hex(await subtle().digest('SHA-256', encoder.encode(share))).slice(0, 16),
  boxes: boxesOf,
  async sign(token, lines) {
    const raw = await subtle().digest('SHA-256', encoder.encode(token))
    const key = await subtle().importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    return hex(await subtle().sign('HMAC', key, encoder.encode(lines.join('\n'))))
  },
}
