/** One line a household out of five types of records: what the search scans and the list shows. */
import type { RecordView, Workspace } from '@/services/workspace'
import { addressOf, byAddress, roomOf } from './address'
import { fold, type Entry } from './search'

export interface HouseholdEntry extends Entry {
  scope: string
  building: string
  /** Estate and room: `东关小区 3-2-501`. */
  address: string
  estate: string
  /** `3-2-501` as written. */
  place: string
  names: string
  members: number
  movedOut: boolean
  unsent: boolean
  /** Day of the last visit, null where there was none. */
  visited: string | null
}

export const TYPES = ['building', 'dwelling', 'household', 'residence', 'resident'] as const
export type Held = Record<(typeof TYPES)[number], Map<string, RecordView>>

export function empty(): Held {
  return { building: new Map(), dwelling: new Map(), household: new Map(), residence: new Map(), resident: new Map() }
}

function membersByHousehold(held: Held): Map<string, RecordView[]> {
  const found = new Map<string, RecordView[]>()
  for (const link of held.residence.values()) {
    const resident = held.resident.get(String(link.data.resident))
    if (!resident || link.data.to_on || !link.data.household) continue
    const list = found.get(String(link.data.household))
    if (list) list.push(resident)
    else found.set(String(link.data.household), [resident])
  }
  return found
}

function entryOf(household: RecordView, held: Held, members: Map<string, RecordView[]>): HouseholdEntry {
  const dwelling = held.dwelling.get(String(household.data.dwelling)) ?? null
  const building = held.building.get(String(dwelling?.data.building)) ?? null
  const people = members.get(household.id) ?? []
  const contact = String(household.data.contact_person ?? '')
  const names = people.length ? people.map((person) => String(person.data.name ?? '')) : [contact]
  const phones = [household.data.contact_phone, ...people.map((person) => person.data.phone)]
  const address = addressOf(building, dwelling)
  return {
    id: household.id,
    scope: household.scope,
    building: building?.id ?? '',
    room: `${fold(roomOf(building, dwelling))}-`,
    address,
    estate: String(building?.data.estate ?? ''),
    place: roomOf(building, dwelling),
    names: names.filter(Boolean).join('、'),
    members: people.length || Number(household.data.member_count ?? household.data.declared_count ?? 0),
    movedOut: !!household.data.moved_out_on,
    unsent: household.unsent.length > 0 || people.some((person) => person.unsent.length > 0),
    visited: household.data.last_visit_at ? String(household.data.last_visit_at) : null,
    text: [`${fold(address)}-`, ...names.map(fold), fold(contact), ...phones.map((phone) => String(phone ?? ''))].join('\n'),
  }
}

/** All households in the order of their addresses. */
export function entriesOf(held: Held): HouseholdEntry[] {
  const members = membersByHousehold(held)
  return [...held.household.values()].map((household) => entryOf(household, held, members)).sort(byAddress)
}

/** Puts a view where it belongs, or takes the record out when it is gone. */
export function put(held: Held, id: string, view: RecordView | undefined): void {
  for (const type of TYPES) held[type].delete(id)
  if (view?.live && view.type in held) held[view.type as keyof Held].set(id, view)
}

/** Fills `held` type by type, addresses before names; false when another reading took over meanwhile. */
export async function readHeld(work: Workspace, held: Held, current: () => boolean, onPart: () => void): Promise<boolean> {
  for (const type of TYPES) {
    await work.readAll(type, (views) => {
      if (current()) views.forEach((view) => held[type].set(view.id, view))
    })
    if (!current()) return false
    if (type === 'household' || type === 'resident') onPart()
  }
  return true
}
