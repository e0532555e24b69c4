/** Fills the search's entries from the local store: all of them after a start, and those that a commit touched. */
import type { RecordView, Workspace } from '@/services/workspace'
import { empty, entriesOf, madeOf, put, TYPES, type Held, type HouseholdEntry, type Initials } from './corpus'

/**
 * Reads type by type, addresses before names, and hands on all at the end, and `early` what is known after the
 * households. false when another reading took over meanwhile.
 */
export async function readEntries(work: Workspace, initials: Initials, current: () => boolean, onPart: (entries: HouseholdEntry[]) => void, early = true): Promise<boolean> {
  const held = empty()
  for (const type of TYPES) {
    await work.readAll(type, (views) => {
      if (current()) views.forEach((view) => put(held, view))
    })
    if (!current()) return false
    if ((type === 'household' && early) || type === 'resident') onPart(entriesOf(held, initials))
  }
  return true
}

/** The households that a commit of these records concerns. */
export async function touchedBy(work: Workspace, entries: readonly HouseholdEntry[], records: string[]): Promise<Set<string>> {
  const views = await work.views(records)
  const named = views.flatMap((view) => (view.type === 'household' ? view.id : view.type === 'residence' ? String(view.data.household ?? '') : []))
  return new Set([...madeOf(entries, new Set(records)), ...named].filter(Boolean))
}

/** Entries of these households as they are now; one that is gone has none. */
export async function readSome(work: Workspace, initials: Initials, ids: ReadonlySet<string>): Promise<HouseholdEntry[]> {
  const held = empty()
  const keep = (views: RecordView[]): void => views.forEach((view) => put(held, view))
  keep(await work.views([...ids]))
  for (const id of held.household.keys()) keep(await work.list('residence', { parent: id }))
  await follow(work, held, keep)
  return entriesOf(held, initials)
}

async function follow(work: Workspace, held: Held, keep: (views: RecordView[]) => void): Promise<void> {
  keep(await work.views([...held.residence.values()].map((link) => String(link.data.resident))))
  keep(await work.views([...held.household.values()].map((one) => String(one.data.dwelling))))
  keep(await work.views([...held.dwelling.values()].map((one) => String(one.data.building))))
}
