/** The office ended this device: what waited was handed in, now everything goes. */
import { ROW_VERSION, type TableName } from '../store'
import { saveState, type Run } from './run'

/** Row of `meta` that refuses every further write until somebody logs in anew. */
export const WIPED = 'wiped'

/** Empties the store but for what says that it was wiped. Refuses (false) while anything waits. */
export async function wipe(run: Run): Promise<boolean> {
  const tables: TableName[] = ['base', 'memberships', 'cursors', 'journal', 'outbox', 'meta']
  const done = await run.ground.store.write(tables, async (tx) => {
    if (await tx.count('outbox')) return false
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
