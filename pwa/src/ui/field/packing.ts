/**
 * Entries as they are kept: a tuple each, without what follows from the rest. 10,000 of them are read before the
 * first list is shown, so every byte is copied, decrypted and parsed while somebody waits.
 */
import { orderOf, type HouseholdEntry } from './corpus'

type Row = [id: string, building: number, estate: number, place: string, room: string | 0, unit: string, names: string, letters: string, members: number, flags: number, visited: string | 0, due: string | 0, contact: string | 0, time: string | 0, from: string, text: string]

/** What is kept of one scope: its entries in their order; buildings and estates by their place in a list. */
export interface Packed {
  buildings: string[]
  estates: string[]
  rows: Row[]
}

const [MOVED_OUT, UNSENT] = [1, 2]

/** Numbers what comes, each text once. */
function numbered(): { all: string[]; of: (text: string) => number } {
  const [all, known] = [[] as string[], new Map<string, number>()]
  const of = (text: string): number => {
    const at = known.get(text) ?? all.push(text) - 1
    known.set(text, at)
    return at
  }
  return { all, of }
}

export function pack(entries: readonly HouseholdEntry[]): Packed {
  const [buildings, estates] = [numbered(), numbered()]
  const rows = entries.map((one): Row => [
    one.id, buildings.of(one.building), estates.of(one.estate), one.place, one.room === `${one.place}-` ? 0 : one.room, one.unit, one.names, one.letters, one.members,
    (one.movedOut ? MOVED_OUT : 0) + (one.unsent ? UNSENT : 0), one.visited ?? 0, one.due ?? 0, one.contact ?? 0, one.time ?? 0, one.from, one.text,
  ])
  return { buildings: buildings.all, estates: estates.all, rows }
}

export function unpack(scope: string, packed: Packed): HouseholdEntry[] {
  const { buildings, estates, rows } = packed
  return rows.map(([id, building, at, place, room, unit, names, letters, members, flags, visited, due, contact, time, from, text]) => {
    const estate = estates[at]!
    const address = [estate, place].filter(Boolean).join(' ')
    return {
      id, scope, building: buildings[building]!, room: room || `${place}-`, address, estate, place, unit, order: orderOf(address), names, letters, members,
      movedOut: (flags & MOVED_OUT) > 0, unsent: (flags & UNSENT) > 0,
      visited: visited || null, due: due || null, contact: contact || null, time: time || null, from, text,
    }
  })
}
