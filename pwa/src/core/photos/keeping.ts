/** What stays on the phone: never less than what the server has not verified. */
import { timeOfMillis } from '../calendar'
import type { PhotoRow, Store, Writing } from '../store'
import type { Clock } from '../ports'

const DAY = 86_400_000
/** Verified photos stay this long, to heal a server that went back and to be seen without a network. */
const KEPT_DAYS = 35
const KEPT_BYTES = 60 * 1024 * 1024

/** Verified ones that may go: too old, or the oldest as long as all together are too many. */
export function expired(stored: PhotoRow[], now: number): PhotoRow[] {
  const before = timeOfMillis(now - KEPT_DAYS * DAY)
  let total = stored.reduce((sum, row) => sum + row.size, 0)
  const oldest = [...stored].sort((one, other) => (one.stored < other.stored ? -1 : 1))
  return oldest.filter((row) => {
    const goes = row.stored < before || total > KEPT_BYTES
    if (goes) total -= row.size
    return goes
  })
}

export async function removePhotos(tx: Writing, ids: string[]): Promise<void> {
  await tx.remove('photos', ids)
  await tx.remove(
    'files',
    ids.flatMap((id): [string, string][] => [
      [id, 'full'],
      [id, 'thumb'],
    ]),
  )
}

/** A verified photo whose record left this phone leaves too; a refused one only with its scope. */
async function left(tx: Writing, rows: PhotoRow[]): Promise<PhotoRow[]> {
  const gone: PhotoRow[] = []
  for (const row of rows) {
    const held = (await tx.get('base', row.record)) ?? (await tx.count('outbox', 'record', [row.record]))
    const scope = row.state === 'refused' && (await tx.get('cursors', row.scope))
    if (!held && !scope) gone.push(row)
  }
  return gone
}

/** Removes what need not stay; resolves to the ids. Photos of forms stay until they are saved or taken out by a person. */
export async function tidy(store: Store, clock: Clock): Promise<string[]> {
  const now = clock.millis()
  return store.write(['photos', 'files', 'base', 'outbox', 'cursors'], async (tx) => {
    const of = (state: string): Promise<PhotoRow[]> => tx.range('photos', 'state', { is: [state] })
    const [stored, refused] = [await of('stored'), await of('refused')]
    const gone = [...expired(stored, now), ...(await left(tx, [...stored, ...refused]))]
    const ids = [...new Set(gone.map((row) => row.id))]
    await removePhotos(tx, ids)
    return ids
  })
}

/** The phone is full: every verified photo goes. Resolves to the bytes set free. */
export async function makeRoom(store: Store): Promise<number> {
  return store.write(['photos', 'files'], async (tx) => {
    const stored = await tx.range('photos', 'state', { is: ['stored'] })
    await removePhotos(
      tx,
      stored.map((row) => row.id),
    )
    return stored.reduce((sum, row) => sum + row.size, 0)
  })
}

/** A server that lives another history: what it had verified it is asked again. */
export async function doubt(tx: Writing): Promise<void> {
  const stored = await tx.range('photos', 'state', { is: ['stored'] })
  const again = { state: 'unsent', stored: '', sent: 0, upload: '', tries: 0, due: 0, rounds: 0 } as const
  await tx.put(
    'photos',
    stored.map((row) => ({ ...row, ...again })),
  )
}
