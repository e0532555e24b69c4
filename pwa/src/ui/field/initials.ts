/**
 * First letters of the pinyin of names: `王秀英` → `wxy`. The table is made by build/initials.mjs; characters
 * beyond it (生僻字) are placed by the browser's own pinyin order, and left out where it has none.
 */
import table from './initials.json'

/** Readings kept of one name: 单乐 is sl, sy, dl and dy. */
const MOST = 4
/** First characters of each letter in pinyin order; i, u and v begin no syllable. */
const FIRSTS = '阿八嚓咑妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀'
const LETTERS = 'abcdefghjklmnopqrstwxyz'
const HAN = /\p{Script=Han}/u

const known = new Map<string, string>()
const order = new Intl.Collator('zh-CN-u-co-pinyin')
const orderIsPinyin = order.compare('八', '哈') < 0 && order.compare('哈', '丫') < 0

function fill(): void {
  const bytes = Array.from({ length: table.letters.length * 2 }, (_, at) => (at % 2 ? 0xa1 + (((at - 1) / 2) % 94) : 0xb0 + Math.floor(at / 188)))
  const characters = new TextDecoder('gbk').decode(Uint8Array.from(bytes))
  for (let at = 0; at < characters.length; at++) if (table.letters[at] !== ' ') known.set(characters[at]!, table.letters[at]!)
  for (const [character, more] of Object.entries(table.also)) known.set(character, (known.get(character) ?? '') + more)
}

function byOrder(character: string): string {
  if (!orderIsPinyin) return ''
  let at = 0
  while (at + 1 < FIRSTS.length && order.compare(FIRSTS[at + 1]!, character) <= 0) at++
  return LETTERS[at]!
}

/** Letters a character may begin with, the usual one first; Latin letters and digits as they are; else none. */
export function lettersOf(character: string): string {
  if (/[a-z\d]/i.test(character)) return character.toLowerCase()
  if (!known.size) fill()
  let letters = known.get(character)
  if (letters === undefined) {
    letters = HAN.test(character) ? byOrder(character) : ''
    known.set(character, letters)
  }
  return letters
}

/** Every way to begin a name's syllables, at most four: one for most names, none for a name without any. */
export function initialsOf(name: string): string[] {
  let ways = ['']
  for (const character of name) {
    const letters = lettersOf(character)
    if (!letters) continue
    const more = ways.flatMap((way) => [...letters].map((letter) => way + letter))
    ways = more.length <= MOST ? more : ways.map((way) => way + letters[0])
  }
  return ways[0] === '' ? [] : ways
}
