/** What a key costs, as a share of what reading the same households would. Ratios of the least of seven, which other work on the machine changes least. */
import { expect, test } from 'vitest'
import type { RecordView } from '@/services/workspace'
import { empty, entriesOf, put } from '@/ui/field/corpus'
import { initialsOf } from '@/ui/field/initials'
import { find } from '@/ui/field/search'

const HOUSEHOLDS = 10_000
const RESIDENTS = 25_000
const SURNAMES = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗']
const GIVEN = [...'伟强磊军洋勇杰涛超明秀英桂兰洁梅琳雪颖慧']

const view = (type: string, id: string, data: Record<string, unknown>): RecordView => ({ id, type, scope: 'g', data, unsent: [], live: true }) as unknown as RecordView
const name = (n: number): string => SURNAMES[n % 20]! + GIVEN[(n * 7) % 20]! + GIVEN[(n * 13) % 20]!

function rows(): RecordView[] {
  const made: RecordView[] = []
  for (let n = 0; n < HOUSEHOLDS / 50; n++) made.push(view('building', `b${n}`, { estate: '泉城花园', building_no: String(n + 1) }))
  for (let n = 0; n < HOUSEHOLDS; n++) {
    made.push(view('dwelling', `d${n}`, { building: `b${Math.floor(n / 50)}`, unit_no: String((n % 3) + 1), room_no: String(100 + (n % 50)) }))
    made.push(view('household', `h${n}`, { dwelling: `d${n}`, contact_person: name(n), contact_phone: `199${String(n * 7919).padStart(8, '0').slice(-8)}` }))
  }
  for (let n = 0; n < RESIDENTS; n++) {
    made.push(view('resident', `r${n}`, { name: name(n + 3), phone: `199${String(n * 104_729).padStart(8, '0').slice(-8)}` }))
    made.push(view('residence', `l${n}`, { resident: `r${n}`, household: `h${n % HOUSEHOLDS}` }))
  }
  return made
}

function least(work: () => unknown): number {
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now()
    work()
    return performance.now() - start
  })
  return Math.min(...times)
}

test('a key among 10,000 households and 25,000 residents costs a small part of reading them', () => {
  const all = rows()
  const held = empty()
  all.forEach((row) => put(held, row))
  const entries = entriesOf(held, initialsOf)
  expect(entries).toHaveLength(HOUSEHOLDS)
  const stored = JSON.stringify(all.map((row) => row.data))
  const reading = least(() => JSON.parse(stored))
  for (const query of [name(11).slice(1), initialsOf(name(11))[0]!, '3-2-', '1234', '王 7-', '7号楼1', '2单元101室']) {
    expect(find(entries, query).length, query).toBeGreaterThan(0)
    expect(least(() => find(entries, query)) / reading, query).toBeLessThan(0.2)
  }
})
