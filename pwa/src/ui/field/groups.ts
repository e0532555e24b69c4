/**
 * Splitting, merging and moving out of households, each as one group: it stands or falls as a whole, and is taken
 * back as a whole while it was not sent. People keep their old residences, ended; where they live now is a new one.
 */
import type { RecordView, Values, Workspace, Writer, Written } from '@/services/workspace'
import type { Household } from './household'

/** Most people of one group: a group carries at most 200 changes, and a person is up to three of them. */
export const MOST_MOVING = 65
export const MOST_LEAVING = 98

export interface Leaving {
  /** Ids of the residents who leave; all of them: the household is gone too. */
  people: string[]
  /** Day of it, YYYY-MM-DD. */
  on: string
  to: string | null
  /** Who heads those who stay, where the head leaves. */
  newHead: string | null
}

export interface Moving {
  people: string[]
  on: string
  /** What each is to the head of the household moved to; null where not said: what it was elsewhere holds no more. */
  relations: Record<string, string | null>
}

export interface Splitting extends Moving {
  /** One of `people`. */
  head: string
  newHead: string | null
  /** null: the same dwelling; else one that is held, or a new one with its values. */
  place: { dwelling: string } | { values: Values } | null
}

export function moveOut(work: Workspace, page: Household, leaving: Leaving): Promise<Written[]> {
  const { people, on, to } = leaving
  return work.group(async (writer) => {
    if (people.length === page.members.length) await change(writer, page.household, { moved_out_on: on, move_to: to })
    else await headLeft(writer, page, leaving)
    for (const link of linksOf(page, people)) await change(writer, link, { to_on: on })
    for (const person of membersOf(page, people)) await change(writer, person, { residence_status: 'moved_out' })
  })
}

/** Resolves to the id of the new household. */
export async function split(work: Workspace, page: Household, splitting: Splitting): Promise<{ id: string; written: Written[] }> {
  const { place, people, head, on } = splitting
  const scope = page.household.scope
  const [id, made] = [work.newId(), place && 'values' in place ? work.newId() : null]
  const dwelling = made ?? (place && 'dwelling' in place ? place.dwelling : String(page.household.data.dwelling))
  const person = page.members.find((one) => one.id === head)!
  const values = { dwelling, head, household_type: 'family', declared_count: people.length, contact_person: person.data.name ?? null, contact_phone: person.data.phone ?? null, moved_in_on: on }
  const written = await work.group(async (writer) => {
    if (made) await writer.create('dwelling', (place as { values: Values }).values, { scope, id: made })
    await writer.create('household', values, { scope, id })
    await headLeft(writer, page, splitting)
    await moveIn(writer, page, { id, dwelling, scope }, { ...splitting, relations: { ...splitting.relations, [head]: 'head' } })
  })
  return { id, written }
}

/** All of `page` join `into`; the household they leave ends. */
export function merge(work: Workspace, page: Household, into: Household, moving: Omit<Moving, 'people'>, words: string): Promise<Written[]> {
  const { id, scope, data } = into.household
  const people = page.members.map((one) => one.id)
  return work.group(async (writer) => {
    await moveIn(writer, page, { id, scope, dwelling: String(data.dwelling) }, { ...moving, people })
    await change(writer, page.household, { moved_out_on: moving.on, move_to: words })
  })
}

interface Home {
  id: string
  dwelling: string
  scope: string
}

async function moveIn(writer: Writer, page: Household, home: Home, moving: Moving): Promise<void> {
  for (const link of linksOf(page, moving.people)) {
    const { resident, kind } = link.data
    await change(writer, link, { to_on: moving.on })
    await writer.create('residence', { resident: resident!, dwelling: home.dwelling, household: home.id, kind: kind ?? null, from_on: moving.on }, { scope: home.scope })
  }
  for (const person of membersOf(page, moving.people)) await change(writer, person, { relation_to_head: moving.relations[person.id] ?? null })
}

/** Those who stay have another head, or none that is known. */
async function headLeft(writer: Writer, page: Household, leaving: { people: string[]; newHead: string | null }): Promise<void> {
  const next = page.members.find((one) => one.id === leaving.newHead)
  const { head } = page.household.data
  if (head && leaving.people.includes(String(head))) await change(writer, page.household, { head: next?.id ?? null })
  if (next) await change(writer, next, { relation_to_head: 'head' })
}

const linksOf = (page: Household, people: string[]): RecordView[] => page.residences.filter((link) => people.includes(String(link.data.resident)))
const membersOf = (page: Household, people: string[]): RecordView[] => page.members.filter((one) => people.includes(one.id))

/** Whether one of `people` is the head, as the household or the person says. */
export function headIsAmong(page: Household, people: string[]): boolean {
  return membersOf(page, people).some((one) => one.id === page.household.data.head || one.data.relation_to_head === 'head')
}

/** What is so already is not written. */
async function change(writer: Writer, seen: RecordView, values: Values): Promise<void> {
  const differs = Object.entries(values).some(([field, value]) => (seen.data[field] ?? null) !== value)
  if (differs) await writer.update(seen, values)
}
