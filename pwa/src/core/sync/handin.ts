/** Unsent changes a second time, sealed to the server: what a locked phone can hand in and a rescue file can carry. */
import type { Catalog } from '../catalog'
import type { Change, Draft } from '../change'
import type { Handin, OutboxRow } from '../store'
import type { Ground } from './state'

/** undefined where the server's key is not known yet, or the platform cannot: then the change waits for the PIN. */
export async function handinOf(ground: Ground, catalog: Catalog | null, made: Draft): Promise<Handin | undefined> {
  if (!catalog?.sealing) return undefined
  const envelope = await ground.envelope(catalog.sealing, made.id, made).catch(() => null)
  return envelope ? { ...envelope, op: made.op } : undefined
}

/** As it travels when it cannot be read here. */
export interface Envelope {
  id: string
  n: number
  group?: string
  key: string
  box: string
}

export const envelopeOf = (row: OutboxRow): Envelope | null =>
  row.handin
    ? { id: row.id, n: row.n, ...(row.group ? { group: row.group } : {}), key: row.handin.key, box: row.handin.box }
    : null

/** What is known of a change whose key was given up. */
export const outlineOf = (row: OutboxRow): Change => ({
  id: row.id,
  n: row.n,
  ...(row.group ? { group: row.group } : {}),
  op: row.handin?.op ?? 'update',
  type: row.type,
  record: row.record,
  scope: row.scope,
  schema: 0,
  base: null,
  at: { wall: row.at, offset_ms: null },
})

/** Gives every waiting change its sealed copy under the server's key of now; how many could not be given one. */
export async function sealWaiting(ground: Ground, catalog: Catalog | null): Promise<number> {
  const rows = await ground.store.read(['outbox'], (tx) => tx.range('outbox', 'n'))
  const due = rows.filter((row) => !row.opaque && row.handin?.key !== catalog?.sealing?.key)
  let without = 0
  for (const row of due) {
    const kept = (await ground.boxes.open(`outbox:${row.id}`, row.box)) as Draft
    const handin = await handinOf(ground, catalog, kept)
    if (!handin) without += 1
    else await keepHandin(ground, row, handin)
  }
  return without
}

/** Only if the change still says what was sealed: it may have been typed again meanwhile. */
async function keepHandin(ground: Ground, row: OutboxRow, handin: Handin): Promise<void> {
  await ground.store.write(['outbox'], async (tx) => {
    const now = await tx.get('outbox', row.id)
    if (now && sameBytes(now.box, row.box)) await tx.put('outbox', [{ ...now, handin }])
  })
}

export const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at])
