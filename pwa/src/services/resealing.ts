/**
 * Rows from before the PIN, brought under its key in pages. Each page is one transaction that takes only what did not
 * change since it was read; it may stop anywhere and begin again, and until it is through both keys open.
 */
import type { Ring } from '../core/ring'
import type { Key, Store } from '../core/store'
import { sameBytes } from '../core/sync/handin'

const PAGE = 50
const TABLES = ['outbox', 'journal', 'base'] as const

/** `going` false ends it early; true when everything was brought over. */
export async function reseal(store: Store, ring: Ring, going: () => boolean): Promise<boolean> {
  for (const table of TABLES) {
    for (let after = ''; ; ) {
      const rows = await store.read([table], (tx) => tx.range(table, 'key', { after, limit: PAGE }))
      if (!going() || ring.locked) return false
      const boxed = new Map<string, { old: Uint8Array; box: Uint8Array }>()
      for (const { id, box } of rows.filter((row) => row.box.length)) {
        const about = `${table}:${id}`
        const said = await ring.open(about, box).catch(() => undefined) // damaged before: it stays as it is
        if (said !== undefined) boxed.set(id, { old: box, box: await ring.seal(about, said) })
      }
      await store.write([table], async (tx) => {
        const now = await tx.getMany(table, [...boxed.keys()] as Key[])
        const fresh = now.flatMap((row) => {
          const made = row && boxed.get(row.id)
          return made && sameBytes(row.box, made.old) ? [{ ...row, box: made.box }] : []
        })
        await tx.put(table, fresh as never[])
      })
      if (rows.length < PAGE) break
      after = rows[rows.length - 1].id
    }
  }
  return true
}
