/**
 * Boxes: AES-256-GCM under a key that cannot be exported. A box is 12 bytes of nonce, then ciphertext
 * and tag; the table and id it belongs to are authenticated with it.
 */
import type { Boxes } from '../core/ports'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const NONCE = 12

/** A fresh device key. Structured cloning keeps it in IndexedDB without ever showing its bytes. */
export const newDeviceKey = (): Promise<CryptoKey> =>
  crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])

export function boxesUnder(key: CryptoKey): Boxes {
  const boxes: Boxes = {
    seal: (about, value) => boxes.sealBytes(about, encoder.encode(JSON.stringify(value))),
    open: async (about, box) => JSON.parse(decoder.decode(await boxes.openBytes(about, box))) as unknown,
    async sealBytes(about, bytes) {
      const iv = crypto.getRandomValues(new Uint8Array(NONCE))
      const algorithm = { name: 'AES-GCM', iv, additionalData: encoder.encode(about) }
      const sealed = await crypto.subtle.encrypt(algorithm, key, bytes as Uint8Array<ArrayBuffer>)
      const box = new Uint8Array(NONCE + sealed.byteLength)
      box.set(iv)
      box.set(new Uint8Array(sealed), NONCE)
      return box
    },
    async openBytes(about, box) {
      const bytes = box as Uint8Array<ArrayBuffer>
      const algorithm = { name: 'AES-GCM', iv: bytes.subarray(0, NONCE), additionalData: encoder.encode(about) }
      return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, bytes.subarray(NONCE)))
    },
  }
  return boxes
}

export const sha256 = async (bytes: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))

export const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
