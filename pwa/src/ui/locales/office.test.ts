import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import en from './office.en.json'
import zh from './office.zh-CN.json'

const parameters = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort()
const pages = readdirSync(join(import.meta.dirname, '../office'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(vue|ts)$/.test(entry.name) && !entry.name.includes('.test.'))
  .map((entry) => join(entry.parentPath, entry.name))
const source = pages.map((file) => readFileSync(file, 'utf8')).join('\n')

it('both languages have the same keys', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
})

it('both languages name the same parameters, and no text is empty', () => {
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) {
    expect(parameters(en[key]), key).toEqual(parameters(zh[key]))
    expect(zh[key].trim() && en[key].trim(), key).not.toBe('')
  }
})

it('no page holds Chinese words of its own outside comments', () => {
  const code = pages.filter((file) => file.endsWith('.vue')).map((file) => readFileSync(file, 'utf8').split('<template>').slice(1).join(''))
  expect(code.join('\n').match(/\p{Script=Han}+/gu) ?? []).toEqual([])
})

it('every key is used: by name, or as a code after a prefix', () => {
  const prefixes = [...source.matchAll(/officeWordsFor\(\s*[`'](\w+)/g)].map((match) => match[1]!)
  const idle = Object.keys(zh).filter((key) => !source.includes(`'${key}'`) && !prefixes.includes(key.split('.')[0]!))
  expect(idle).toEqual([])
})
