/** Forms that were not saved: rows of `meta`, each a box under the rows' key. They go with the rows, never to the server. */
import type { MetaRow, Reader, Writing } from './store'

const PREFIX = 'form:'

/** Key of the row, and what its box is sealed for. */
export const formKey = (form: string): string => `${PREFIX}${form}`

export async function formRows(tx: Reader): Promise<MetaRow[]> {
  const rows = await tx.range('meta', 'key', { after: PREFIX })
  return rows.filter((row) => row.key.startsWith(PREFIX))
}

export async function removeForms(tx: Writing): Promise<void> {
  const rows = await formRows(tx)
  await tx.remove(
    'meta',
    rows.map((row) => row.key),
  )
}
