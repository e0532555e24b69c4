/** The office ended this device: what waited was handed in, now everything goes. */
import { removePhotos } from '../photos/keeping'
import { ROW_VERSION, type TableName, type Writing } from '../store'
import { saveState, type Run } from './run'

/** Row of `meta` that refuses every further write until somebody logs in anew. */
export const WIPED = 'wiped'

/** Photos that wait go now, whatever was chosen for them; false when there are none. */
async function hasten(tx: Writing): Promise<boolean> {
  const waiting = await tx.range('photos', 'state', { is: ['unsent'] })
  await tx.put(
    'photos',
    waiting.map((row) => ({ ...row, urgent: 1 as const })),
  )
  return waiting.length > 0
}

/** Empties the store but for what says that it was wiped. Refuses (false) while anything waits. */
export async function wipe(run: Run): Promise<boolean> {
  const tables: TableName[] = ['base', 'memberships', 'cursors', 'journal', 'outbox', 'meta', 'photos', 'files']
  const done = await run.ground.store.write(tables, async (tx) => {
    if ((await tx.count('outbox')) || (await hasten(tx))) return false
    await removePhotos(
      tx,
      (await tx.range('photos', 'key')).map((row) => row.id),
    )
    for (const table of ['base', 'journal'] as const) {
      await tx.remove(
        table,
        (await tx.range(table, 'key')).map((row) => row.id),
      )
    }
    await tx.remove(
      'cursors',
      (await tx.range('cursors', 'key')).map((row) => row.scope),
    )
    const members = await tx.range('memberships', 'key')
    await tx.remove(
      'memberships',
      members.map((row): [string, string] => [row.scope, row.id]),
    )
    // in this transaction: a write of another tab either came before and is handed in first, or is refused
    await tx.put('meta', [{ key: WIPED, n: 1, v: ROW_VERSION, box: null }])
    return true
  })
  if (!done) return false
  run.state.wiped = true
  await saveState(run)
  run.listener.changed([], [])
  return true
}
