/** Digest of a scope: XOR of the 64-bit revisions of its live rows, 16 hex digits. */

export const EMPTY_DIGEST = '0000000000000000'

const half = (text: string, from: number): number => parseInt(text.slice(from, from + 8), 16)
const word = (value: number): string => (value >>> 0).toString(16).padStart(8, '0')

/** XOR of two 16-digit hex texts; in halves, because numbers hold 53 bits and old phones lack BigInt literals. */
export function xor(one: string, other: string): string {
  return word(half(one, 0) ^ half(other, 0)) + word(half(one, 8) ^ half(other, 8))
}

export const digestOf = (revs: Iterable<string>): string => {
  let digest = EMPTY_DIGEST
  for (const rev of revs) digest = xor(digest, rev)
  return digest
}
