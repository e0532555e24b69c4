import { describe, expect, it } from 'vitest'
import { initialsOf } from './initials'
import { find, fold, wordsOf } from './search'
import { fromTyped } from './newHousehold'

const entries = [
  of('a', '东关小区', '3-2-501', '王秀英', '13905311234'),
  of('b', '东关小区', '13-2-501', '李·阿依古丽', '13905315678'),
  of('c', '泉城花园', '3-1-102', '王小明', ''),
  of('d', '泉城花园', '12-1-203', '单𬭎😀', '12345011123'),
]
function of(id: string, estate: string, room: string, name: string, phone: string) {
  return { id, room: `${fold(room)}-`, text: `\n${[`${fold(`${estate} ${room}`)}-`, fold(name), ...initialsOf(name), ...initialsOf(estate), phone].join('\n')}\n` }
}
const ids = (query: string): string[] => find(entries, query).map((entry) => entry.id)

describe('search over the households of a phone', () => {
  it('finds a person by a part of the name', () => expect(ids('秀英')).toEqual(['a']))
  it('finds a person by the first letters of the name, and an estate by its own', () => {
    expect(ids('wxy')).toEqual(['a'])
    expect(ids('WX')).toEqual(['a', 'c'])
    expect(ids('ｗｘｍ')).toEqual(['c'])
    expect(ids('qchy')).toEqual(['c', 'd'])
  })
  it('finds a surname that is read in two ways by both', () => expect([ids('s'), ids('d')].map((found) => found.includes('d'))).toEqual([true, true]))
  it('finds a rare character beyond the basic plane, and an emoji', () => expect([ids('𬭎'), ids('😀')]).toEqual([['d'], ['d']]))
  it('finds an address however it is written', () => {
    for (const query of ['3-2-501', '３－２－５０１', '3号楼2单元501室', '三号楼二单元501', '3#2-501', '三-二-五零一', '三栋二单元五百零一室', '3—2—501']) expect(ids(query), query).toContain('a')
    for (const query of ['十二号楼', '12-1-203', '十二-一-二〇三']) expect(ids(query), query).toEqual(['d'])
  })
  it('puts addresses that begin as typed before those that merely contain it', () => expect(ids('3-2-501')).toEqual(['a', 'b']))
  it('finds by the end of a phone number, before numbers that hold it elsewhere', () => {
    expect(ids('5678')).toEqual(['b'])
    expect(ids('1123')).toEqual(['d', 'a'])
  })
  it('needs every word of the query', () => {
    expect(ids('王 3-')).toEqual(['a', 'c'])
    expect(ids('王 泉城')).toEqual(['c'])
    expect(ids('王 李')).toEqual([])
  })
  it('gives everything for an empty query', () => expect(ids('  ')).toEqual(['a', 'b', 'c', 'd']))
  it('scans 10,000 households and finds exactly those that match', () => {
    const many = Array.from({ length: 10_000 }, (_, n) => of(String(n), '东关小区', `${Math.floor(n / 100) + 1}-${(n % 4) + 1}-${n % 100}`, '', ''))
    expect(find(many, '7-1-60')).toHaveLength(many.filter((one) => one.text.includes('7-1-60')).length)
    expect(find(many, '100-4-99').map((one) => one.id)).toEqual(['9999'])
  })
})

describe('what was typed into the search', () => {
  it('is split at spaces and commas', () => expect(wordsOf('王， 3-2-')).toEqual(['王', '3-2-']))
  it('keeps numerals that are part of a name', () => expect(fold('王一 七里山三区')).toBe('王一 七里山三区'))
  it('becomes the first values of a new household', () => {
    expect(fromTyped(fold('3号楼2单元501室'))).toEqual({ building: '3', unit: '2', room: '501', name: '' })
    expect(fromTyped(fold('王秀英'))).toEqual({ building: '', unit: '', room: '', name: '王秀英' })
  })
})
