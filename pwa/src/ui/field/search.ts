/**
 * Search over everybody held on the phone: one folded string a household, scanned with `includes`.
 * 10,000 households take a few milliseconds, so there is no index to keep right.
 */

const NUMERALS = '〇一二三四五六七八九'
const UNIT = '号楼|栋|幢|座|单元|楼|门|层|室|号'
const NUMERAL = '[〇零一二三四五六七八九十百]+'
const BEFORE_UNIT = new RegExp(`${NUMERAL}(?=${UNIT})`, 'g')
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

/** Full and half width and case become one spelling, numerals before `号楼` and the like digits. */
const spelled = (text: string): string => text.normalize('NFKC').toLowerCase().replace(BEFORE_UNIT, digits)

/** Full and half width, case, spaces and the ways to write an address become one spelling: `三号楼2单元501室` → `3-2-501`. */
export function fold(text: string): string {
  return spelled(text)
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

/** Building, unit and room by their words, and a number that follows without one: `三号楼501`, `3幢2-501`, `2单元501室`. */
const PLACE = new RegExp(`(?:([a-z]?\\d+)\\s*(?:号楼|#楼|栋|幢|座))?(?:\\s*(\\d+)\\s*(?:单元|门))?(?:\\s*(\\d+[a-z]?)\\s*室|-*(\\d[\\d-]*|${NUMERAL}(?=$|[\\s-])))?`, 'g')

/** What `room` of an entry looks like there; a number without a word begins a unit or a room: `3号楼2` goes on to both. */
function placeOf(building?: string, unit?: string, room?: string, begun = ''): RegExp {
  const before = building ? `[^\\d-]*${building}-` : unit ? '.+-' : '(?:.+-)?'
  const number = /\d/.test(begun) ? begun : digits(begun)
  return new RegExp(`^${before}${unit ? `${unit}-(?=.)` : '(?:[^-]+-)?'}${room ? `${room}-$` : number}`)
}

/** Least digits of a phone number that is typed in groups: fewer may be an address, `12-1-203`. */
const PHONE_DIGITS = 7

interface Asked {
  /** Have to stand in the text of an entry. */
  words: string[]
  /** Have to fit its room. */
  places: RegExp[]
  /** `199-0000-8671` without what groups it, '' where none was typed; an entry that holds it is meant, whatever else. */
  phone: string
}

function askedBy(query: string): Asked {
  const places: RegExp[] = []
  const rest = spelled(query).replace(PLACE, (all: string, building?: string, unit?: string, room?: string, begun?: string) => {
    if (!building && !unit && !room) return all
    places.push(placeOf(building, unit, room, begun))
    return ' '
  })
  const number = /^(?:\+86)?[\d\s-]+$/.test(fold(query)) ? fold(query).replace(/^\+86|[\s-]/g, '') : ''
  return { words: wordsOf(rest), places, phone: number.length < PHONE_DIGITS ? '' : number }
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
  const { words, places, phone } = askedBy(query)
  const [first = '', ...more] = words
  const [begins, tail] = [`\n${first}`, /^\d+$/.test(first) ? `${first}\n` : null]
  const best: T[] = []
  const others: T[] = []
  for (const entry of entries) {
    const { text, room } = entry
    const called = phone !== '' && text.includes(phone)
    if (!called && !(text.includes(first) && more.every((word) => text.includes(word)) && places.every((place) => place.test(room)))) continue
    const fits = called || room.startsWith(first) || text.includes(begins) || (tail !== null && text.includes(tail))
    ;(fits ? best : others).push(entry)
  }
  return [...best, ...others]
}
