/**
 * One entry a household out of five types of records: what the search scans and the lists show. Entries are
 * plain JSON, so that they can be kept as one block; records go in (corpusReading.ts), ids come out.
 */
import type { RecordView, Values } from '@/services/workspace'
import { addressOf, roomOf } from './address'
import { fold, type Entry } from './search'

export interface HouseholdEntry extends Entry {
  scope: string
  /** Id of the building, '' where it is not known. */
  building: string
  /** Estate and room: `东关小区 3-2-501`. */
  address: string
  estate: string
  /** `3-2-501` as written. */
  place: string
  unit: string
  /** What the entries are sorted by: the address with its numbers as long as each other. */
  order: string
  names: string
  /** First letters of the names, capital, each once: `LW`. */
  letters: string
  members: number
  movedOut: boolean
  unsent: boolean
  /** Time of the last visit, null where there was none. */
  visited: string | null
  /** Day of the next visit, null where none is planned. */
  due: string | null
  /** Wishes of the household: codes of the catalogue. */
  contact: string | null
  time: string | null
  /** Ends of the ids of the other records that the entry is made of. */
  from: string
}

/** Gives the readings of a name in first letters. */
export type Initials = (name: string) => string[]

/** As much of a record as entries are made of. */
export type Slim = Pick<RecordView, 'id' | 'type' | 'scope' | 'data'> & { unsent: boolean }

const FIELDS = {
  building: ['estate', 'building_no'],
  dwelling: ['building', 'unit_no', 'room_no'],
  household: ['dwelling', 'contact_person', 'contact_phone', 'declared_count', 'member_count', 'moved_out_on', 'last_visit_at', 'next_visit_due', 'preferred_contact', 'preferred_time'],
  residence: ['resident', 'household', 'to_on'],
  resident: ['name', 'phone'],
} as const

/** In the order they are read: addresses before names. */
export const TYPES = ['building', 'dwelling', 'household', 'residence', 'resident'] as const
export type Held = Record<(typeof TYPES)[number], Map<string, Slim>>

export function empty(): Held {
  return { building: new Map(), dwelling: new Map(), household: new Map(), residence: new Map(), resident: new Map() }
}

/** Keeps what entries need of a view; a record that is gone is left out. */
export function put(held: Held, view: Pick<RecordView, 'id' | 'type' | 'scope' | 'data' | 'unsent' | 'live'>): void {
  if (!view.live || !(view.type in FIELDS)) return
  const type = view.type as keyof Held
  const data: Values = {}
  for (const field of FIELDS[type]) if (view.data[field] !== undefined) data[field] = view.data[field]
  held[type].set(view.id, { id: view.id, type, scope: view.scope, data, unsent: view.unsent.length > 0 })
}

interface Member {
  link: string
  resident: string
  person: Slim | null
}

function membersByHousehold(held: Held): Map<string, Member[]> {
  const found = new Map<string, Member[]>()
  for (const link of held.residence.values()) {
    if (link.data.to_on || !link.data.household) continue
    const resident = String(link.data.resident)
    const member = { link: link.id, resident, person: held.resident.get(resident) ?? null }
    const list = found.get(String(link.data.household))
    if (list) list.push(member)
    else found.set(String(link.data.household), [member])
  }
  return found
}

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value))
const code = (value: unknown): string | null => text(value) || null
/** A third of an id: many are kept, and two that end alike cost one entry made anew for nothing. */
const endOf = (id: string): string => id.slice(-12)
const lines = (all: string[]): string => `\n${[...new Set(all.filter(Boolean))].join('\n')}\n`

function entryOf(household: Slim, held: Held, members: Member[], initials: Initials): HouseholdEntry {
  const { data } = household
  const dwelling = held.dwelling.get(text(data.dwelling)) ?? null
  const building = held.building.get(text(dwelling?.data.building)) ?? null
  const people = members.flatMap((one) => one.person ?? [])
  const known = people.map((person) => text(person.data.name)).filter(Boolean)
  const contact = text(data.contact_person)
  const [address, place, estate] = [addressOf(building, dwelling), roomOf(building, dwelling), text(building?.data.estate)]
  const short = [...known, contact].flatMap(initials)
  const phones = [data.contact_phone, ...people.map((person) => person.data.phone)].map((phone) => text(phone).replace(/\D/g, ''))
  return {
    id: household.id,
    scope: household.scope,
    building: building?.id ?? '',
    room: `${fold(place)}-`,
    address, estate, place,
    unit: text(dwelling?.data.unit_no),
    order: orderOf(address),
    names: (known.length ? known : [contact]).filter(Boolean).join('、'),
    letters: [...new Set(short.map((one) => one[0]!.toUpperCase()))].sort().join(''),
    members: members.length || Number(data.member_count ?? data.declared_count ?? 0),
    movedOut: !!data.moved_out_on,
    unsent: household.unsent || people.some((person) => person.unsent),
    visited: code(data.last_visit_at),
    due: code(data.next_visit_due),
    contact: code(data.preferred_contact),
    time: code(data.preferred_time),
    from: [text(data.dwelling), text(dwelling?.data.building), ...members.flatMap((one) => [one.link, one.resident])].map(endOf).join(' '),
    text: lines([`${fold(address)}-`, ...[...known, contact].map(fold), ...short, ...initials(estate), ...phones]),
  }
}

export const orderOf = (address: string): string => address.replace(/\d+/g, (digits) => digits.padStart(6, '0'))
export const byOrder = (a: HouseholdEntry, b: HouseholdEntry): number => (a.order < b.order ? -1 : a.order > b.order ? 1 : a.id < b.id ? -1 : 1)

/** Entries of all households held, in the order of their addresses. */
export function entriesOf(held: Held, initials: Initials): HouseholdEntry[] {
  const members = membersByHousehold(held)
  return [...held.household.values()].map((one) => entryOf(one, held, members.get(one.id) ?? [], initials)).sort(byOrder)
}

/** `entries` with those of `ids` replaced by `made`, both in order and so is what comes out. */
export function replaced(entries: readonly HouseholdEntry[], ids: ReadonlySet<string>, made: readonly HouseholdEntry[]): HouseholdEntry[] {
  const all: HouseholdEntry[] = []
  let at = 0
  for (const entry of entries) {
    if (ids.has(entry.id)) continue
    while (at < made.length && byOrder(made[at]!, entry) < 0) all.push(made[at++]!)
    all.push(entry)
  }
  return [...all, ...made.slice(at)]
}

/** Households whose entries are made of any of these records. */
export function madeOf(entries: readonly HouseholdEntry[], records: ReadonlySet<string>): string[] {
  const ends = [...records].map(endOf)
  return entries.filter((entry) => records.has(entry.id) || ends.some((end) => entry.from.includes(end))).map((entry) => entry.id)
}
