/**
 * A sealed value typed again before it was sent. Its version is the server's to give, so a second change
 * could not say what it was typed over; the waiting change is given the new value instead.
 */
import type { Catalog } from '../core/catalog'
import type { Draft, Patch } from '../core/change'
import type { OutboxRow } from '../core/store'
import { handinOf } from '../core/sync/handin'
import { wireBytes } from '../core/sync/outbox'
import type { Ground } from '../core/sync/state'

const sealedIn = (made: Draft, catalog: Catalog | null): [string, Patch][] => {
  const fields = catalog?.types[made.type]?.fields ?? {}
  return Object.entries(made.set ?? {}).filter(([name]) => fields[name]?.kind === 'sealed')
}

/** The change that still waits, was never offered and sets one of these fields. */
async function waiting(ground: Ground, made: Draft, names: string[]): Promise<{ row: OutboxRow; kept: Draft } | null> {
  const rows = await ground.store.read(['outbox'], (tx) =>
    tx.range('outbox', 'record', { is: [made.record], backwards: true }),
  )
  for (const row of rows.filter((one) => !one.offered)) {
    const kept = (await ground.boxes.open(`outbox:${row.id}`, row.box)) as Draft
    if (names.some((name) => kept.set?.[name])) return { row, kept }
  }
  return null
}

/**
 * Moves sealed values of `made` into the change that waits with an older one. Resolves to what is left to
 * be written of `made` (null: nothing), and to `made` itself where nothing waits.
 */
export async function retype(
  ground: Ground,
  catalog: Catalog | null,
  made: Draft,
): Promise<{ left: Draft | null; into: OutboxRow | null }> {
  const typed = sealedIn(made, catalog)
  const found = typed.length
    ? await waiting(
        ground,
        made,
        typed.map(([name]) => name),
      )
    : null
  if (!found) return { left: made, into: null }
  const moved = typed.filter(([name]) => found.kept.set?.[name])
  const set = { ...found.kept.set }
  for (const [name, patch] of moved) set[name] = { from: set[name].from, to: patch.to }
  const kept = { ...found.kept, set }
  const box = await ground.boxes.seal(`outbox:${found.row.id}`, kept)
  const handin = await handinOf(ground, catalog, kept)
  const taken = await ground.store.write(['outbox'], async (tx) => {
    const now = await tx.get('outbox', found.row.id)
    if (!now || now.offered) return false // it left while this was being typed: the office sees both
    await tx.put('outbox', [{ ...now, box, handin, bytes: wireBytes(kept) }])
    return true
  })
  return taken
    ? {
        left: without(
          made,
          moved.map(([name]) => name),
        ),
        into: found.row,
      }
    : { left: made, into: null }
}

function without(made: Draft, names: string[]): Draft | null {
  const rest = Object.entries(made.set ?? {}).filter(([name]) => !names.includes(name))
  if (!rest.length && !made.add && !made.remove && made.op === 'update') return null
  return { ...made, set: Object.fromEntries(rest) }
}
