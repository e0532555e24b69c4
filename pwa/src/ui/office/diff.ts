/** Which characters of two texts differ: what both share in order stays plain, the rest is marked. */

export interface Piece {
  text: string
  marked: boolean
}

/** Longer texts are compared by what they begin and end with alone. */
const MOST_CELLS = 250_000

/** `text` in pieces; marked is what `other` does not have at that place. */
export function markDifferences(text: string, other: string): Piece[] {
  const own = [...text]
  const theirs = [...other]
  const start = sharedStart(own, theirs)
  const end = sharedEnd(own.slice(start), theirs.slice(start))
  const middle = own.slice(start, own.length - end)
  const theirMiddle = theirs.slice(start, theirs.length - end)
  const kept = middle.length * theirMiddle.length > MOST_CELLS ? middle.map(() => false) : inCommon(middle, theirMiddle)
  const marks = [...Array(start).fill(false), ...kept.map((same) => !same), ...Array(end).fill(false)]
  return joined(own, marks)
}

function sharedStart(a: string[], b: string[]): number {
  let count = 0
  while (count < a.length && count < b.length && a[count] === b[count]) count++
  return count
}

function sharedEnd(a: string[], b: string[]): number {
  return sharedStart([...a].reverse(), [...b].reverse())
}

/** For each character of `a` whether it belongs to a longest common subsequence with `b`. */
function inCommon(a: string[], b: string[]): boolean[] {
  const longest = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i]![j] = a[i] === b[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!)
  const common = a.map(() => false)
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      common[i++] = true
      j++
    } else if (longest[i + 1]![j]! >= longest[i]![j + 1]!) i++
    else j++
  }
  return common
}

function joined(characters: string[], marks: boolean[]): Piece[] {
  const pieces: Piece[] = []
  characters.forEach((text, at) => {
    const last = pieces[pieces.length - 1]
    if (last && last.marked === marks[at]) last.text += text
    else pieces.push({ text, marked: marks[at]! })
  })
  return pieces
}
