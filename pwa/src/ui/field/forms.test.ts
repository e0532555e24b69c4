import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import zh from '../locales/zh-CN.json'
import { FORMS, impliedBy, specIn } from './forms'

/** Fields by type, from the page that the server's catalogue is printed to. */
function catalogue(): Map<string, Set<string>> {
  const page = readFileSync(join(import.meta.dirname, '../../../../server/core/catalog/CATALOG.md'), 'utf8')
  const types = page.split(/^## /m).slice(1)
  return new Map(types.flatMap((text) => {
    const name = /· `(\w+)`/.exec(text)?.[1]
    return name ? [[name, new Set([...text.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1]!))] as const] : []
  }))
}

it('every field that a form asks is one of the catalogue', () => {
  const types = catalogue()
  for (const [type, groups] of Object.entries(FORMS)) {
    const unknown = groups.flatMap((group) => group.fields).filter((field) => !types.get(type)?.has(field))
    expect(unknown, type).toEqual([])
  }
})

it('every group has a heading in words', () => {
  const headings = Object.values(FORMS).flat().map((group) => `form.${group.heading}`)
  expect(headings.filter((key) => !(key in zh))).toEqual([])
})

it('an ID number fills birthday and sex where they are empty, and never what was typed', () => {
  expect(impliedBy('id_no', '11010519491231002X', {})).toEqual({ birth_date: '1949-12-31', sex: 'female', id_type: 'resident_id' })
  expect(impliedBy('id_no', '11010519491231002X', { birth_date: '1950-01-01', sex: 'male', id_type: 'resident_id' })).toEqual({})
  expect(impliedBy('id_no', '1101', {})).toEqual({})
})

it('a passport is not measured by the rule of resident IDs', () => {
  const spec = { kind: 'sealed', merge: 'review', check: 'id_number' } as const
  expect(specIn('id_no', spec, { id_type: 'passport' })?.check).toBeNull()
  expect(specIn('id_no', spec, { id_type: 'resident_id' })?.check).toBe('id_number')
  expect(impliedBy('id_no', '11010519491231002X', { id_type: 'passport' })).toEqual({})
})
