/**
 * Search over everybody held on the phone: one folded string a household, scanned with `includes`.
 * 10,000 households take a few milliseconds, so there is no index to keep right.
 */

const NUMERALS = '零一二三四五六七八九'

/** Full and half width, case, spaces and the ways to write an address become one spelling: `3号楼2单元501室` → `3-2-501`. */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[零一二三四五六七八九](?=号楼|栋|幢|座|单元|门|层|室)/g, (digit) => String(NUMERALS.indexOf(digit)))
    .replace(/(\d)(?:号楼|栋|幢|座|单元|楼|门|层|室|号)/g, '$1-')
    .replace(/[‐-―－–—~_#/]/g, '-')
    .replace(/-{2,}/g, '-')
    .trim()
}

/** Words of a query; every one of them has to be found. A dash at the end ends a number: `3-2-` is not `3-20`. */
export function wordsOf(query: string): string[] {
  return fold(query)
    .split(/[\s,，;；]+/)
    .map((word) => word.replace(/^-+/, ''))
    .filter((word) => word !== '')
}

export interface Entry {
  id: string
  /** Folded text that is searched. */
  text: string
  /** Folded address within the estate, ending in a dash: `3-2-501-`. */
  room: string
}

/** Entries that hold every word of the query; addresses that begin with the first word come first, else their own order. */
export function find<T extends Entry>(entries: readonly T[], query: string): T[] {
  const words = wordsOf(query)
  const hits = entries.filter((entry) => words.every((word) => entry.text.includes(word)))
  const first = words[0]
  if (first === undefined || !/^\d/.test(first)) return hits
  const begins = (entry: T): boolean => entry.room.startsWith(first)
  return [...hits.filter(begins), ...hits.filter((entry) => !begins(entry))]
}
