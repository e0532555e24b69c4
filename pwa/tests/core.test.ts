/** The pure parts on their own. */
import { describe, expect, test } from 'vitest'
import { backoff } from '@/core/backoff'
import type { FieldSpec } from '@/core/catalog'
import type { Draft } from '@/core/change'
import { editOf, resendable, withoutSealed } from '@/core/drafts'
import { uuid7 } from '@/core/id'
import type { JournalRow } from '@/core/store'
import { digestOf, xor } from '@/core/sync/digest'
import { expired } from '@/core/sync/retention'
import { isBulk } from '@/core/sync/pull'
import { fieldFault, formFaults, idNumberFits, utf8Length } from '@/core/validate'
import { delivered } from '@/services/standing'
import { seeded, TestClock } from './sync/script'

const spec = (kind: FieldSpec['kind'], more: Partial<FieldSpec> = {}): FieldSpec => ({ kind, merge: 'review', ...more })

describe('checks of a field', () => {
  test.each([
    ['a required value that is absent', spec('text', { required: true }), '  ', 'required'],
    ['a text longer than its bytes', spec('text', { max: 5 }), '张三', 'too_long'],
    ['a text of just its bytes', spec('text', { max: 6 }), '张三', null],
    ['a number beyond its greatest', spec('integer', { max: 9 }), 10, 'range'],
    ['a number below zero where there is a greatest', spec('integer', { max: 9 }), -1, 'range'],
    ['a fraction for a whole number', spec('integer'), 1.5, 'syntax'],
    ['a code the catalogue does not have', spec('enum', { codes: { met: { zh: '', en: '' } } }), 'lost', 'code'],
    [
      'a code named like something every object has',
      spec('enum', { codes: { met: { zh: '', en: '' } } }),
      'constructor',
      'code',
    ],
    [
      'a member the catalogue does not have',
      spec('set', { codes: { meal: { zh: '', en: '' } } }),
      ['meal', 'x'],
      'code',
    ],
    ['a day that does not exist', spec('date'), '2026-02-30', 'syntax'],
    ['a mobile number', spec('text', { check: 'phone' }), '13800000000', null],
    ['a number too short for a phone', spec('text', { check: 'phone' }), '1380000', 'check'],
    ['half a surrogate pair', spec('text'), 'a\ud800', 'characters'],
    ['a sealed value that was not typed anew', spec('sealed', { check: 'id_number' }), { hint: '…1234', v: 'x' }, null],
    ['an ID number with a wrong check digit', spec('sealed', { check: 'id_number' }), '370199199001010001', 'check'],
  ] as [string, FieldSpec, unknown, string | null][])('%s', (_name, field, value, fault) => {
    expect(fieldFault(field, value)).toBe(fault)
  })

  test('every single wrong digit of an ID number is noticed', () => {
    const good = '11010519491231002X'
    expect(idNumberFits(good)).toBe(true)
    for (let at = 0; at < 17; at++) {
      for (const digit of '0123456789') {
        if (digit !== good[at]) expect(idNumberFits(good.slice(0, at) + digit + good.slice(at + 1))).toBe(false)
      }
    }
  })

  test('a whole form names what is missing, an edit only what was touched', () => {
    const type = {
      parents: [],
      fields: { name: spec('text', { required: true }), n: spec('integer'), d: spec('derived', { merge: 'derived' }) },
    }
    expect(formFaults(type, { n: 1.5 }, true)).toEqual({ name: 'required', n: 'syntax' })
    expect(formFaults(type, { n: 1.5 }, false)).toEqual({ n: 'syntax' })
  })

  test('bytes are those of UTF-8', () => {
    for (const text of ['', 'a', 'é', '张', '𠮷', 'a张𠮷é']) expect(utf8Length(text)).toBe(Buffer.byteLength(text))
  })
})

describe('patches', () => {
  const type = { parents: [], fields: { id_no: spec('sealed'), needs: spec('set'), place: spec('point') } }

  test('hold only what differs from what was seen, by value', () => {
    const seen = { place: { lon: '1', lat: '2' }, needs: ['a'], note: 'x' }
    expect(editOf(type, seen, { place: { lat: '2', lon: '1' }, needs: ['a'], note: 'x' })).toEqual({})
    expect(editOf(type, seen, { note: null })).toEqual({ set: { note: { from: 'x', to: null } } })
  })

  test('of a sealed field say its version as from, and nothing when it was not typed anew', () => {
    const known = { id_no: { hint: '…1234', v: 'aa' } }
    expect(editOf(type, known, { id_no: known.id_no })).toEqual({})
    expect(editOf(type, known, { id_no: 'typed' })).toEqual({ set: { id_no: { from: 'aa', to: 'typed' } } })
    expect(editOf(type, known, { id_no: null })).toEqual({ set: { id_no: { from: 'aa', to: null } } })
  })

  test('journalled without what was typed into sealed fields; sent again they leave such a field out, but still clear one that was cleared', () => {
    const catalog = { schema: 1, min_schema: 1, types: { resident: type }, workflow: null as never, roles: {} }
    const change = (to: string | null): Draft =>
      ({
        id: 'c',
        op: 'update',
        type: 'resident',
        record: 'r',
        scope: 's',
        schema: 1,
        base: null,
        at: { wall: '', offset_ms: null },
        set: { id_no: { from: 'aa', to }, note: { from: null, to: 'n' } },
      }) as Draft
    const typed = withoutSealed(change('370199199001010001'), catalog)
    expect(JSON.stringify(typed)).not.toContain('3701')
    expect(resendable(typed)).toMatchObject({ lost: ['id_no'], change: { set: { note: { to: 'n' } } } })
    expect(Object.keys(resendable(typed).change.set ?? {})).toEqual(['note'])
    const cleared = resendable(withoutSealed(change(null), catalog))
    expect([cleared.lost, cleared.change.set?.id_no]).toEqual([[], { from: 'aa', to: null }])
  })

  test.each([[[1, 2]], [{ id_no: null }], [{ note: null }], ['text']])('that an app in error made are journalled and sent again as they are: %j', (set) => {
    const catalog = { schema: 1, min_schema: 1, types: { resident: type }, workflow: null as never, roles: {} }
    const odd = { id: 'c', op: 'update', type: 'resident', record: 'r', set } as unknown as Draft
    expect(resendable(odd)).toEqual({ change: odd, lost: [] })
    expect(() => resendable(withoutSealed(odd, catalog))).not.toThrow()
  })
})

describe('the journal is kept', () => {
  const now = Date.parse('2026-11-22T00:00:00Z')
  const row = (n: number, daysOld: number, bytes = 100, device = 'd'): JournalRow =>
    ({ id: `c${n}`, n, device, acked: new Date(now - daysOld * 86_400_000).toISOString(), bytes }) as JournalRow
  const gone = (rows: JournalRow[], durable: number | null): number[] =>
    expired(rows, 'd', durable, now).map((one) => one.n)

  test('35 days even when a backup vouches for it', () => {
    expect(gone([row(1, 36), row(2, 34)], 2)).toEqual([1])
  })

  test('as long as it takes until a backup vouches for it', () => {
    expect(gone([row(1, 400), row(2, 399)], 1)).toEqual([1])
  })

  test('without backups 90 days, and longer as long as it is below 20 MiB', () => {
    const mib = 1024 * 1024
    expect(gone([row(1, 400), row(2, 200)], null)).toEqual([])
    expect(gone([row(1, 400, 15 * mib), row(2, 200, 15 * mib), row(3, 10, mib)], null)).toEqual([1])
    expect(gone([row(1, 80, 30 * mib)], null)).toEqual([])
  })

  test('when it is of a former device, whose numbers the backup does not mean', () => {
    expect(gone([row(1, 100, 100, 'former')], 5)).toEqual([])
  })
})

test('pauses grow, are spread, stay below five minutes and honour Retry-After', () => {
  expect([1, 2, 3].map((faults) => backoff(faults, 0.5, null))).toEqual([1_500, 3_000, 6_000])
  expect(backoff(50, 0.999, null)).toBeLessThanOrEqual(300_000)
  expect(backoff(1, 0, null)).toBeLessThan(backoff(1, 0.9, null))
  for (const fraction of [0, 0.5, 0.99]) expect(backoff(1, fraction, 30_000)).toBeGreaterThanOrEqual(30_000)
})

test('digests are the same in any order, and empty again when everything left', () => {
  const revs = ['0123456789abcdef', 'fedcba9876543210', 'ffffffff00000001']
  expect(digestOf(revs)).toBe(digestOf([...revs].reverse()))
  expect(xor(digestOf(revs), digestOf(revs))).toBe('0000000000000000')
  expect(digestOf(revs)).toBe(
    revs
      .reduce((sum, rev) => sum ^ BigInt(`0x${rev}`), 0n)
      .toString(16)
      .padStart(16, '0'),
  )
})

test('a removal is bulk above ten rows and a fifth', () => {
  expect([isBulk(10, 12), isBulk(11, 55), isBulk(11, 54), isBulk(11, 0)]).toEqual([false, false, true, true])
})

test('delivered are the numbers with a verdict: gaps do not count', () => {
  expect(
    delivered({
      have_n: 10,
      missing: [
        [2, 4],
        [7, 7],
      ],
    }),
  ).toBe(6)
})

test('ids are UUIDs of version 7 that sort by time', () => {
  const clock = new TestClock()
  const random = seeded()
  const ids = Array.from({ length: 50 }, () => {
    clock.advance(1)
    return uuid7(clock, random)
  })
  expect([...ids].sort()).toEqual(ids)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
