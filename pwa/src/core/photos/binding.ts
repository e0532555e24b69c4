/** Photos taken in a form become those of the record when the form is saved, in the same transaction. */
import type { Draft } from '../change'
import type { PhotoRow, Writing } from '../store'

/** Ids that a change adds to lists; only photos of this phone among them matter. */
const namedIn = (made: Draft): [string, string][] =>
  Object.entries(made.add ?? {}).flatMap(([field, values]) => values.map((id): [string, string] => [String(id), field]))

export const namesAny = (drafts: Draft[]): boolean => drafts.some((made) => made.add !== undefined)

/** Drafts that a change names begin to wait for the server. */
export async function bind(tx: Writing, drafts: Draft[]): Promise<void> {
  for (const made of drafts) {
    const named = new Map(namedIn(made))
    const rows = await tx.getMany('photos', [...named.keys()])
    const bound = rows.flatMap((row): PhotoRow[] => {
      if (row?.state !== 'draft') return []
      const { record, scope } = made
      return [{ ...row, record, scope, field: named.get(row.id) as string, state: 'unsent' }]
    })
    await tx.put('photos', bound)
  }
}

/** Photos of changes that are taken back: those that were never sent. */
export async function unbound(tx: Writing, drafts: Draft[]): Promise<string[]> {
  const ids = drafts.flatMap((made) => namedIn(made).map(([id]) => id))
  const rows = await tx.getMany('photos', ids)
  return rows.flatMap((row) => (row?.state === 'unsent' ? [row.id] : []))
}
