/**
 * Search over everybody held on the phone: one folded string a household, scanned with `includes`.
 * 10,000 households take a few milliseconds, so there is no index to keep right.
 */

const NUMERALS = '〇一二三四五六七八九'
const UNIT = '号楼|栋|幢|座|单元|楼|门|层|室|号'
const BEFORE_UNIT = new RegExp(`[〇零一二三四五六七八九十百]+(?=${UNIT})`, 'g')
const AFTER_NUMBER = new RegExp(`(\\d)(?:${UNIT})`, 'g')

/** `十二` → 12, `二〇三` → 203, `五百零一` → 501. */
function digits(numeral: string): string {
  const plain = numeral.replace(/零/g, '〇')
  if (!/[十百]/.test(plain)) return [...plain].map((one) => NUMERALS.indexOf(one)).join('')
  let sum = 0
  let last = 0
  for (const one of plain) {
    const value = one === '十' ? 10 : one === '百' ? 100 : 0
    if (value) sum += (last || 1) * value
    last = value ? 0 : NUMERALS.indexOf(one)
  }
  return String(sum + last)
}

/** Full and half width, case, spaces and the ways to write an address become one spelling: `三号楼2单元501室` → `3-2-501`. */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(BEFORE_UNIT, digits)
    .replace(AFTER_NUMBER, '$1-')
    .replace(/[‐-―－–—~_#/]/g, '-')
    .replace(/(^|[\s-])([〇零一二三四五六七八九十百]+)(?=-)/g, (_all, before: string, numeral: string) => before + digits(numeral))
    .replace(/(\d-)([〇零一二三四五六七八九十百]+)(?=$|[\s-])/g, (_all, before: string, numeral: string) => before + digits(numeral))
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
  /** What is searched, folded, a line each: address, names, initials, phones; begins and ends with a line end. */
  text: string
  /** Folded address within the estate, ending in a dash: `3-2-501-`. */
  room: string
}

/** Entries that hold every word of the query; what begins or (a phone) ends as typed comes first, else their own order. */
export function find<T extends Entry>(entries: readonly T[], query: string): T[] {
  const [first, ...more] = wordsOf(query)
  if (first === undefined) return [...entries]
  const [begins, tail] = [`\n${first}`, /^\d+$/.test(first) ? `${first}\n` : null]
  const best: T[] = []
  const others: T[] = []
  for (const entry of entries) {
    const { text, room } = entry
    if (!text.includes(first) || !more.every((word) => text.includes(word))) continue
    const fits = room.startsWith(first) || text.includes(begins) || (tail !== null && text.includes(tail))
    ;(fits ? best : others).push(entry)
  }
  return [...best, ...others]
}
