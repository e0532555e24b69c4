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

describe('an address in words', () => {
  const rooms = ['1-1-101', '1-3-501', '3-1-501', '3-2-501', '3-2-202', '3-12-203', '13-2-501', '21-1-301', '2-1-1501'].map((room) => of(room, '东关小区', room, '', '19900008671'))
  const found = (query: string): string[] => find(rooms, query).map((entry) => entry.id)
  it('names a building, and a number after it the room or the unit as far as it is typed', () => {
    for (const query of ['1号楼', '1栋', '一幢', '1 号楼', '１号楼', '东关1号楼', '东关小区 1座']) expect(found(query), query).toEqual(['1-1-101', '1-3-501'])
    for (const query of ['3号楼501', '3栋501室', '三号楼五零一', '3号楼-501', '3号楼--501', '三幢 五百零一室']) expect(found(query), query).toEqual(['3-1-501', '3-2-501'])
    expect(found('3号楼2')).toEqual(['3-2-501', '3-2-202', '3-12-203'])
    expect(found('3号楼2-501')).toEqual(['3-2-501'])
  })
  it('names a unit of any building, or of its own', () => {
    expect(found('2单元')).toEqual(['3-2-501', '3-2-202', '13-2-501'])
    expect(found('二单元501')).toEqual(['3-2-501', '13-2-501'])
    for (const query of ['3号楼2单元', '3 号楼 2 单元', '三栋二门']) expect(found(query), query).toEqual(['3-2-501', '3-2-202'])
    expect(found('3号楼二单元501室')).toEqual(['3-2-501'])
  })
  it('names a room, and that one alone', () => expect(found('501室')).toEqual(['1-3-501', '3-1-501', '3-2-501', '13-2-501']))
  it('stands beside other words', () => {
    const named = [...rooms, of('w', '泉城花园', '3-1-102', '王秀英', '')]
    expect(find(named, '3号楼 王').map((one) => one.id)).toEqual(['w'])
    expect(find(named, '3号楼wxy').map((one) => one.id)).toEqual(['w'])
    expect(find(named, '泉城花园3号楼').map((one) => one.id)).toEqual(['w'])
  })
  it('of a building with a word in its name is found by the number after that word', () => {
    const east = [of('e', '东关小区', '东1-2-101', '', '')]
    for (const query of ['东1号楼', '1号楼', '东1栋101']) expect(find(east, query), query).toHaveLength(1)
  })
  it('that numbers alone make is found as ever, wherever they stand', () => {
    expect(found('3-2-501')).toEqual(['3-2-501', '13-2-501'])
    expect(found('1501')).toEqual(['2-1-1501'])
  })
})

describe('a phone number', () => {
  it('is found however it is grouped', () => {
    const one = [of('p', '东关小区', '1-1-101', '', '19900008671'), ...entries]
    for (const query of ['199-0000-8671', '199 0000 8671', '１９９－００００－８６７１', '+86 199 0000 8671', '+8619900008671', '199-0000', '0000-8671']) expect(find(one, query)[0]?.id, query).toBe('p')
  })
  it('in groups is no address and an address is no phone number', () => expect(ids('12-1-203')).toEqual(['d']))
})

describe('what was typed into the search', () => {
  it('is split at spaces and commas', () => expect(wordsOf('王， 3-2-')).toEqual(['王', '3-2-']))
  it('keeps numerals that are part of a name', () => expect(fold('王一 七里山三区')).toBe('王一 七里山三区'))
  it('becomes the first values of a new household', () => {
    expect(fromTyped(fold('3号楼2单元501室'))).toEqual({ building: '3', unit: '2', room: '501', name: '' })
    expect(fromTyped(fold('王秀英'))).toEqual({ building: '', unit: '', room: '', name: '王秀英' })
  })
})
