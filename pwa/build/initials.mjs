/**
 * Makes src/ui/field/initials.json: the first letter of the pinyin of each character of GB 2312, in that
 * standard's own order (6,763 letters in 2 kB), and further letters of characters that are read in two ways.
 * Run by `npm run initials`; a test compares the file with what this makes.
 */
import { writeFileSync } from 'node:fs'
import { pinyin } from 'pinyin-pro'

const FILE = new URL('../src/ui/field/initials.json', import.meta.url)
/** Second readings met in given names, names of places, and surnames that the library reads one way only. */
const ALSO = {
  长: 'z', 重: 'c', 乐: 'l', 行: 'h', 朝: 'z', 盛: 'c', 晟: 'c', 茜: 'x', 厦: 's', 车: 'j', 石: 'd', 大: 'd', 都: 'd', 泊: 'p',
  宓: 'f', 种: 'c', 覃: 't', 尉: 'y', 万: 'm', 俟: 'q', 秘: 'b', 隗: 'k', 郇: 'x', 佴: 'n', 祭: 'z',
}

/** Characters of the rows 16 to 87 of GB 2312, 94 each. */
export function characters() {
  const bytes = []
  for (let row = 0xb0; row <= 0xf7; row++) for (let cell = 0xa1; cell <= 0xfe; cell++) bytes.push(row, cell)
  return [...new TextDecoder('gbk').decode(Uint8Array.from(bytes))]
}

const letter = (character, mode) => {
  const [first] = pinyin(character, { pattern: 'first', toneType: 'none', type: 'array', mode })
  return /^[a-z]$/.test(first ?? '') ? first : ' '
}

/** {letters: one a character, a blank where it has none; also: {character: further letters}}. */
export function make() {
  const all = characters()
  const letters = all.map((one) => letter(one, 'normal'))
  const also = {}
  for (const [at, one] of all.entries()) {
    const others = [letter(one, 'surname'), ALSO[one] ?? ''].filter((other) => other.trim() && other !== letters[at])
    if (others.length) also[one] = [...new Set(others)].join('')
  }
  return { letters: letters.join(''), also }
}

if (process.argv[1] === new URL(import.meta.url).pathname) writeFileSync(FILE, `${JSON.stringify(make())}\n`)
