/**
 * Sealing to the server's public key, as server/services/sealing.py opens it: an ephemeral P-256 point (65 bytes), a
 * nonce (12), AES-256-GCM of the JSON; the key is HKDF-SHA-256 of the ECDH secret with the point as salt; the change's
 * id is authenticated with it.
 */
import type { SealToServer } from '../core/ports'

const CURVE = { name: 'ECDH', namedCurve: 'P-256' }
const INFO = 'grid change 1'
const POINT = 65
const NONCE = 12
const encoder = new TextEncoder()

const fromBase64url = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))

function toBase64url(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

export const sealToServer: SealToServer = async (sealing, id, change) => {
  const theirs = await crypto.subtle.importKey('raw', fromBase64url(sealing.point), CURVE, false, [])
  const own = await crypto.subtle.generateKey(CURVE, false, ['deriveBits'])
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', own.publicKey))
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, own.privateKey, 256)
  const secret = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey'])
  const how = { name: 'HKDF', hash: 'SHA-256', salt: point, info: encoder.encode(INFO) }
  const key = await crypto.subtle.deriveKey(how, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt'])
  const iv = crypto.getRandomValues(new Uint8Array(NONCE))
  const aad = encoder.encode(id)
  const inner = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: aad }, key, encoder.encode(JSON.stringify(change)))
  const box = new Uint8Array(POINT + NONCE + inner.byteLength)
  box.set(point)
  box.set(iv, POINT)
  box.set(new Uint8Array(inner), POINT + NONCE)
  return { key: sealing.key, box: toBase64url(box) }
}
