/** Cases that server and app both pass: canonical values and the overlay. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Catalog, Kind } from '@/core/catalog'
import type { Draft, LiveRow, Value } from '@/core/change'
import { BadValue, canonical } from '@/core/canonical'
import { overlay } from '@/core/overlay'

const FOLDER = resolve(import.meta.dirname, '../../tests/vectors')
const read = <T>(...path: string[]): T => JSON.parse(readFileSync(join(FOLDER, ...path), 'utf8')) as T

interface ValueCase {
  name: string
  kind: Kind
  in: unknown
  out?: Value
  error?: string
}

describe.each(readdirSync(join(FOLDER, 'values')))('values of %s', (file) => {
  const cases = read<ValueCase[]>('values', file)
  test('there are some', () => expect(cases.length).toBeGreaterThan(0))
  test.each(cases)('$name', ({ kind, in: given, out, error }) => {
    let got: object
    try {
      got = { out: canonical(kind, given) }
    } catch (fault) {
      got = { error: (fault as BadValue).code }
    }
    expect(got).toEqual(error === undefined ? { out } : { error })
    if (error === undefined) expect(canonical(kind, out)).toEqual(out) // canonical is a fixed point
  })
})

interface OverlayCase {
  name: string
  type: string
  base: Record<string, Value> | null
  changes: Partial<Draft>[]
  out: object
}

const CATALOG = {
  schema: 1,
  min_schema: 1,
  roles: {},
  types: { resident: { parents: [], fields: { id_no: { kind: 'sealed', merge: 'review' } } } },
  workflow: {
    issue: {
      field: 'state',
      actions: {
        submit: { from: ['draft'], to: 'submitted', who: [], offline: true, args: [] },
        take: { from: ['dispatched'], to: 'handling', who: [], offline: true, args: [] },
      },
    },
  },
} as Catalog

describe('the overlay', () => {
  test.each(read<OverlayCase[]>('overlay.json'))('$name', ({ type, base, changes, out }) => {
    const row = base && ({ id: 'r', type, scope: 's', live: true, rev: '', ver: 1, schema: 1, data: base } as LiveRow)
    const drafts = changes.map(
      (change, at) =>
        ({ id: `c${at}`, type, record: 'r', scope: 's', at: { wall: '', offset_ms: null }, ...change }) as Draft,
    )
    const before = JSON.stringify([row, drafts])
    const { live, data, unsent } = overlay(row, drafts, CATALOG)
    expect({ live, data, unsent }).toEqual(out)
    expect(JSON.stringify([row, drafts])).toBe(before) // nothing handed in is changed
  })
})
