/** Whether somebody being registered is on this phone already. Equal ID numbers only the server can see. */
import type { RecordView, Workspace } from '@/services/workspace'
import type { HouseholdEntry } from './corpus'

export interface SamePerson {
  person: RecordView
  address: string
}

const LOOKED_AT = 8

/** Members of this name whose birthday is the same, or unknown on either side. `birth`: YYYY-MM-DD. */
export async function samePeople(work: Workspace, entries: readonly HouseholdEntry[], name: string, birth: string | null): Promise<SamePerson[]> {
  if ([...name].length < 2) return []
  const households = entries.filter((entry) => entry.names.split('、').includes(name)).slice(0, LOOKED_AT)
  const found = await Promise.all(households.map(async (entry) => {
    const links = await work.list('residence', { parent: entry.id })
    const people = await work.views(links.filter((link) => !link.data.to_on).map((link) => String(link.data.resident)))
    return people.filter((one) => one.data.name === name && fits(one, birth)).map((person) => ({ person, address: entry.address }))
  }))
  return found.flat()
}

const fits = (person: RecordView, birth: string | null): boolean => !birth || !person.data.birth_date || person.data.birth_date === birth
