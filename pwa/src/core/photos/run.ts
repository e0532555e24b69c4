/** One pass over the photos that wait: what it runs on, and how a row is kept. */
import type { Auth } from '../ports'
import type { PhotoRow } from '../store'
import type { Ground } from '../sync/state'
import type { Limits } from '../sync/messages'

/** What is known of the link, kept from pass to pass. */
export interface Link {
  /** Bytes of a photo that travel in one request now. */
  chunk: number
  /** Breaks since a piece last got through. */
  breaks: number
}

export const firstLink = (): Link => ({ chunk: FIRST_CHUNK, breaks: 0 })

const FIRST_CHUNK = 65_536

export interface PhotoRun {
  ground: Ground
  auth: Auth
  /** Goes on with it when the session is over; null without one. */
  drain: string | null
  limits: Pick<Limits, 'tus_chunk' | 'tus_chunk_min'>
  link: Link
  sha256(bytes: Uint8Array): Promise<Uint8Array>
  stop: AbortSignal
  /** Which may travel now, read again before each. */
  allowed(): Promise<(row: PhotoRow) => boolean>
  /** A person asked: what failed a moment ago is tried again at once. */
  hurry: boolean
  /** Records go first. False in a store that nobody has open: what still waits there waits for its PIN, not for the link. */
  yields: boolean
  changed(row: PhotoRow): void
}

/** Somebody removed the photo meanwhile. */
export class Removed extends Error {}

/** The server will never take it as it is: kept, shown, a person decides. */
export class Refused extends Error {
  constructor(readonly reason: string) {
    super(reason)
  }
}

/** A record waits to be sent: photos let it pass. */
export class RecordsFirst extends Error {}

/** Changes columns of a photo's row as it is now; resolves to the row kept. Rejects with Removed. */
export async function keep(
  run: Pick<PhotoRun, 'ground' | 'changed'>,
  id: string,
  change: (row: PhotoRow) => Partial<PhotoRow>,
): Promise<PhotoRow> {
  const kept = await run.ground.store.write(['photos'], async (tx) => {
    const row = await tx.get('photos', id)
    if (!row || row.state !== 'unsent') return null
    const next = { ...row, ...change(row) }
    await tx.put('photos', [next])
    return next
  })
  if (!kept) throw new Removed(id)
  run.changed(kept)
  return kept
}
