/**
 * The end of what is on the phone: the office ended this device (wipe), or the key of its rows was given up (drop).
 * In both what waits survives: a wipe comes after handing in, a drop leaves every waiting change sealed to the server.
 */
import { removeForms } from '../forms'
import { removePhotos } from '../photos/keeping'
import { ROW_VERSION, type OutboxRow, type Store, type TableName, type Writing } from '../store'
import { blockKey } from './scopes'
import { saveSession, saveState, type Run } from './run'
import { FIRST_STATE, readMeta, sealMeta, type Ground } from './state'

/** Row of `meta` that refuses every further write until somebody logs in anew. */
export const WIPED = 'wiped'

export const isWiped = async (store: Store): Promise<boolean> => !!(await store.read(['meta'], (tx) => tx.get('meta', WIPED)))

const TABLES: TableName[] = ['base', 'memberships', 'cursors', 'journal', 'outbox', 'meta', 'photos', 'files']

/** Takes away everything but the outbox, `meta`, and photos that the server has not verified. */
async function clear(tx: Writing): Promise<void> {
  for (const table of ['base', 'journal'] as const) {
    await tx.remove(
      table,
      (await tx.range(table, 'key')).map((row) => row.id),
    )
  }
  const scopes = (await tx.range('cursors', 'key')).map((row) => row.scope)
  await tx.remove('cursors', scopes)
  await tx.remove('meta', scopes.map(blockKey))
  await removeForms(tx)
  const members = await tx.range('memberships', 'key')
  await tx.remove(
    'memberships',
    members.map((row): [string, string] => [row.scope, row.id]),
  )
  const stored = await tx.range('photos', 'state', { is: ['stored'] })
  await removePhotos(
    tx,
    stored.map((row) => row.id),
  )
}

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
  const done = await run.ground.store.write(TABLES, async (tx) => {
    const waiting = await tx.range('outbox', 'n')
    if (waiting.some((row) => !row.handed) || (await hasten(tx))) return false
    await clear(tx)
    await removePhotos(
      tx,
      (await tx.range('photos', 'key')).map((row) => row.id),
    )
    await tx.remove(
      'outbox',
      waiting.map((row) => row.id),
    )
    await tx.remove('meta', ['catalog', 'problems'])
    // in this transaction: a write of another tab either came before and is handed in first, or is refused
    await tx.put('meta', [{ key: WIPED, n: 1, v: ROW_VERSION, box: null }])
    return true
  })
  if (!done) return false
  run.state.wiped = true
  run.catalog = null
  run.state.reports = [...run.state.reports, { kind: 'wiped', at: run.ground.clock.now(), params: {} }]
  await run.ground.destroyKey(async () => {
    await saveState(run)
    await saveSession(run)
  })
  run.listener.changed([], [])
  return true
}

/**
 * The key of the rows is gone: so are they, except that each waiting change keeps its sealed copy. Doing it again
 * changes nothing.
 */
export async function dropRows(ground: Pick<Ground, 'store' | 'boxes'>): Promise<void> {
  const server = { ...FIRST_STATE, ...(await readMeta(ground, 'server')), last_complete: null }
  const meta = await sealMeta(ground.boxes, 'server', server)
  await ground.store.write(TABLES, async (tx) => {
    await clear(tx)
    const waiting = (await tx.range('outbox', 'n')).filter((row) => !row.opaque)
    await tx.put('outbox', waiting.map(opaque))
    await shut(tx)
    await tx.put('meta', [meta])
  })
}

/** Photos sealed to the server go on waiting, for nobody's eyes here; of forms there is nothing left to save. */
async function shut(tx: Writing): Promise<void> {
  const sealed = (await tx.range('photos', 'key')).filter((row) => row.sealed)
  const forms = sealed.filter((row) => row.state === 'draft').map((row) => row.id)
  await removePhotos(tx, forms)
  const kept = sealed.filter((row) => row.state !== 'draft')
  await tx.put(
    'photos',
    kept.map((row) => ({ ...row, box: new Uint8Array() })),
  )
  await tx.remove(
    'files',
    kept.map((row): [string, string] => [row.id, 'thumb']),
  )
}

/** Offered: it cannot be taken back any more, since nobody can say what it builds on. */
function opaque(row: OutboxRow): OutboxRow {
  const bytes = row.handin ? row.handin.box.length + 200 : row.bytes
  return { ...row, bytes, box: new Uint8Array(), opaque: 1, offered: 1 }
}
