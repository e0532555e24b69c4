/** Changes as the sync page shows them: what, of whom, and both sides where two people disagree. */
import type { ChangeItem, FieldMark, RecordView, Workspace } from '@/services/workspace'
import { addressOf, buildingName } from './address'

export interface ShownChange {
  item: ChangeItem
  /** Name of the record: a person, an address, a route. */
  title: string
  /** Open conflicts that this change caused, by field. */
  conflicts: { field: string; conflict: NonNullable<FieldMark['conflict']> }[]
  /** Other changes saved together with this one that stand as it does; they are not listed again. */
  others: number
  /** The record (conflict or parked) that can be withdrawn by its author, null where there is none. */
  withdraw: RecordView | null
}

export interface SyncLists {
  unsent: ShownChange[]
  /** Size of all that is unsent. */
  bytes: number
  waiting: ShownChange[]
  sent: ShownChange[]
}

const SENT_SHOWN = 30

export async function readChanges(work: Workspace): Promise<SyncLists> {
  const [unsent, conflicts, parked, refused, journal, conflictRecords, parkedRecords] = await Promise.all([
    work.outboxItems(),
    work.journalItems({ state: 'conflict' }),
    work.journalItems({ state: 'parked' }),
    work.journalItems({ state: 'quarantined' }),
    work.journalItems({ limit: SENT_SHOWN * 2 }),
    work.list('conflict'),
    work.list('parked'),
  ])
  const sent = journal.filter((item) => item.state === 'sent' || item.state === 'merged')
  const openRecords = [...conflictRecords, ...parkedRecords].filter((one) => one.data.state === 'open')
  const show = (items: ChangeItem[]): Promise<ShownChange[]> => Promise.all(together(items).map((one) => shown(work, one, openRecords)))
  const bytes = unsent.reduce((sum, item) => sum + item.bytes, 0)
  return { unsent: await show(unsent), bytes, waiting: await show([...refused, ...conflicts, ...parked]), sent: (await show(sent)).slice(0, SENT_SHOWN) }
}

const SHOWN_OF_HOUSEHOLD = 5

/** What this phone did to a household and its people, newest first. */
export async function readChangesOf(work: Workspace, household: string, people: string[]): Promise<ShownChange[]> {
  const [unsent, sent] = await Promise.all([work.outboxItems(), work.journalItems({ record: household, limit: SHOWN_OF_HOUSEHOLD })])
  const own = unsent.filter((item) => item.record === household || people.includes(item.record)).reverse()
  const shownOnes = together([...own, ...sent]).slice(0, SHOWN_OF_HOUSEHOLD)
  return Promise.all(shownOnes.map((one) => shown(work, one, [])))
}

interface Together {
  item: ChangeItem
  others: number
}

/** The household speaks for its group. */
const TELLING = ['household', 'resident', 'dwelling']
const telling = (item: ChangeItem): number => (TELLING.includes(item.type) ? TELLING.indexOf(item.type) : TELLING.length)

/** Changes of one group and one outcome as one, where the first of them stands. */
export function together(items: ChangeItem[]): Together[] {
  const found = new Map<string, Together>()
  for (const item of items) {
    const key = item.group ? `${item.group} ${item.state} ${item.reason ?? ''}` : item.change
    const held = found.get(key)
    if (!held) found.set(key, { item, others: 0 })
    else found.set(key, { item: telling(item) < telling(held.item) ? item : held.item, others: held.others + 1 })
  }
  return [...found.values()]
}

async function shown(work: Workspace, { item, others }: Together, open: RecordView[]): Promise<ShownChange> {
  const view = await work.view(item.record)
  const marks = Object.entries(view?.marks ?? {})
  const conflicts = marks.flatMap(([field, mark]) => (mark.conflict?.incoming.change === item.change ? [{ field, conflict: mark.conflict }] : []))
  return { item, others, title: view ? await titleOf(work, view) : '', conflicts, withdraw: open.find((one) => changeOf(one) === item.change) ?? null }
}

function changeOf(record: RecordView): unknown {
  if (record.type === 'parked') return record.data.change_id
  return (record.data.incoming as { change?: string } | null)?.change
}

/** What people call a record. */
export async function titleOf(work: Workspace, view: RecordView): Promise<string> {
  const { data } = view
  if (view.type === 'building') return buildingName(view)
  if (view.type === 'dwelling') return addressOf(await linked(work, data.building), view)
  if (view.type === 'household') {
    const dwelling = await linked(work, data.dwelling)
    return addressOf(await linked(work, dwelling?.data.building), dwelling) || String(data.contact_person ?? '')
  }
  const parent = await linked(work, { visit: data.household, check: data.point, residence: data.resident, comment: data.about, patrol: data.route }[view.type])
  if (parent && parent.type !== view.type) return titleOf(work, parent)
  return String(data.name ?? data.title ?? data.description ?? '')
}

async function linked(work: Workspace, id: unknown): Promise<RecordView | null> {
  return typeof id === 'string' ? work.view(id) : null
}
