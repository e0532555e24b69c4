/** What lies on this phone outside its stores, and goes when one of them is emptied: which streets, which houses. */
import type { Shelf } from '../adapters/tiles/shelf'
import { shelf } from './tiles'

/** Settings of the phone and what the deployment says of itself; every other note of the app goes. */
const STAY = ['grid.preferences', 'grid.about']

export async function clearOutside(notes: Storage = localStorage, on: Shelf = shelf): Promise<void> {
  const names = Array.from({ length: notes.length }, (_, at) => notes.key(at) ?? '')
  for (const name of names) if (name.startsWith('grid.') && !STAY.includes(name)) notes.removeItem(name)
  await on.clear()
}
