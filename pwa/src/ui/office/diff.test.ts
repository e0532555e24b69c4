import { describe, expect, it } from 'vitest'
import { markDifferences } from './diff'

const shown = (text: string, other: string): string =>
  markDifferences(text, other).map((piece) => (piece.marked ? `[${piece.text}]` : piece.text)).join('')

describe('marking what differs', () => {
  it.each([
    ['19900001234', '19900001243', '199000012[3]4'],
    ['王芳', '王方', '王[芳]'],
    ['泉城花园东门', '泉城花园', '泉城花园[东门]'],
    ['', '王芳', ''],
    ['王芳', '', '[王芳]'],
    ['同样', '同样', '同样'],
    ['1961年3月15日', '1961年3月5日', '1961年3月[1]5日'],
  ])('%s beside %s', (text, other, marks) => {
    const got = shown(text, other)
    expect(got.replace(/[[\]]/g, '')).toBe(text)
    expect(got.match(/\[/g)?.length ?? 0).toBe(marks.match(/\[/g)?.length ?? 0)
  })
  it('takes a character outside the basic plane as one', () => expect(shown('𠮷田', '吉田')).toBe('[𠮷]田'))
  it('marks all between the shared ends of very long texts', () => {
    const long = (letter: string): string => `始${letter.repeat(1_000)}终`
    expect(shown(long('甲'), long('乙'))).toBe(`始[${'甲'.repeat(1_000)}]终`)
  })
})
