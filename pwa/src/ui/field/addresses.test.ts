/** What stands in an address, and what it means. */
import { expect, it } from 'vitest'
import { parse, stringify } from './addresses'

it('keeps what was typed out of addresses, and finds it again', () => {
  const shown = stringify({ q: '张三', typed: '3-2-501', building: 'b1' })
  expect(shown).toBe('q=~0&typed=~1&building=b1')
  expect(parse(shown)).toEqual({ q: '张三', typed: '3-2-501', building: 'b1' })
  expect(stringify({ q: '张三' })).toBe('q=~0')
})

it('takes words that somebody wrote into an address, and no word for a number it never gave', () => {
  expect([parse('q=1-1-102'), parse('q=~99'), parse('by=name')]).toEqual([{ q: '1-1-102' }, { q: '' }, { by: 'name' }])
})
