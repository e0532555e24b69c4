/**
 * A photo as it lies here, travels and is carried in a rescue file: a line of JSON `{key, box}`, then nonce and
 * AES-256-GCM of the picture under a key of its own (server/services/sealing.py). `box` holds that key for the server,
 * the photo's row holds it for this phone. So what a locked phone sends it cannot show, and nothing lies here twice.
 */
import { boxesOf, hexOf, sha256 } from '../adapters/crypto'
import { base64, type PhotoBox } from '../core/photos/wire'
import type { Sealing } from '../core/ports'
import type { PhotoRow } from '../core/store'
import type { Ground } from '../core/sync/state'

/** What the row's box says of a sealed one. `secret`: base64 of the key of its bytes. */
export interface PictureBox extends PhotoBox {
  secret: string
}

export interface SealedPhoto {
  file: Uint8Array
  box: PictureBox
  sealed: NonNullable<PhotoRow['sealed']>
}

const FEED = 10
const about = (id: string): string => `photo:${id}`
const encoder = new TextEncoder()

/** null where the platform cannot. */
export async function sealPhoto(
  ground: Pick<Ground, 'envelope' | 'random'>,
  sealing: Sealing,
  id: string,
  kept: PhotoBox,
  bytes: Uint8Array,
): Promise<SealedPhoto | null> {
  const secret = ground.random.bytes(32)
  const inside = await (await boxesOf(secret)).sealBytes(about(id), bytes)
  const box = { ...kept, secret: base64(secret) }
  return withHead(ground, sealing, id, box, inside).catch(() => null)
}

/** The same picture with another place; its key stays. */
export function sealAgain(ground: Pick<Ground, 'envelope'>, sealing: Sealing, id: string, box: PictureBox, file: Uint8Array): Promise<SealedPhoto> {
  return withHead(ground, sealing, id, box, bodyOf(file))
}

async function withHead(ground: Pick<Ground, 'envelope'>, sealing: Sealing, id: string, box: PictureBox, inside: Uint8Array): Promise<SealedPhoto> {
  const head = encoder.encode(`${JSON.stringify(await ground.envelope(sealing, about(id), box))}\n`)
  const file = new Uint8Array(head.length + inside.length)
  file.set(head)
  file.set(inside, head.length)
  return { file, box, sealed: { key: sealing.key, sha256: hexOf(await sha256(file)) } }
}

const bodyOf = (file: Uint8Array): Uint8Array => file.subarray(file.indexOf(FEED) + 1)

/** The picture. Rejects when it is damaged. */
export async function openPhoto(id: string, box: PictureBox, file: Uint8Array): Promise<Uint8Array> {
  const secret = Uint8Array.from(atob(box.secret), (letter) => letter.charCodeAt(0))
  return (await boxesOf(secret)).openBytes(about(id), bodyOf(file))
}
