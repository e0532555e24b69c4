import { expect, it } from 'vitest'
import { characters, make } from '../../../build/initials.mjs'
import held from './initials.json'
import { initialsOf, lettersOf } from './initials'

it('the table is what its generator makes', () => expect(held).toEqual(make()))

it('every character of GB 2312 begins with the letter of its place in the table', () => {
  const wrong = characters().filter((one, at) => held.letters[at] !== ' ' && lettersOf(one)[0] !== held.letters[at])
  expect(wrong).toEqual([])
})

it('surnames are found under both of their readings', () => {
  for (const [name, ways] of [['单', 'ds'], ['曾', 'cz'], ['解', 'jx'], ['仇', 'cq'], ['查', 'cz'], ['覃', 'qt'], ['乐', 'ly'], ['朴', 'p'], ['种', 'cz'], ['尉迟', 'wc yc'], ['长孙', 'cs zs']] as const) {
    for (const way of ways.length > 2 ? ways.split(' ') : [...ways]) expect(initialsOf(name), `${name} ${way}`).toContain(way)
  }
})

it('a name has at most four readings, of its own length', () => {
  for (const name of ['王秀英', '单乐行', '曾重乐行', '欧阳阿依古丽']) {
    const ways = initialsOf(name)
    expect(ways.length).toBeLessThanOrEqual(4)
    expect(new Set(ways.map((way) => way.length))).toEqual(new Set([[...name].length]))
  }
})

it('rare characters, letters and signs do no harm', () => {
  expect(initialsOf('王喆')).toEqual(['wz'])
  expect(initialsOf('李·买买提')).toEqual(['lmmt'])
  expect(initialsOf('Anna 王')).toEqual(['annaw'])
  expect(initialsOf('😀')).toEqual([])
  expect(initialsOf('𠮷田')[0]).toMatch(/t$/)
})
