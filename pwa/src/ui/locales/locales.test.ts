import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import en from './en.json'
import zh from './zh-CN.json'

const parameters = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort()
const pages = ['field', 'fields', 'map', 'shared'].flatMap((folder) => filesBelow(join(import.meta.dirname, '..', folder)))
const source = pages.map((file) => readFileSync(file, 'utf8')).join('\n')

it('both languages have the same keys', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
})

it('both languages name the same parameters', () => {
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) expect(parameters(en[key]), key).toEqual(parameters(zh[key]))
})

it('no text is empty', () => {
  for (const [key, text] of [...Object.entries(zh), ...Object.entries(en)]) expect(text.trim(), key).not.toBe('')
})

it('no page holds Chinese words of its own outside comments', () => {
  const templates = pages.filter((file) => file.endsWith('.vue')).map((file) => readFileSync(file, 'utf8').split('<template>').slice(1).join(''))
  expect(templates.join('\n').match(/\p{Script=Han}+/gu) ?? []).toEqual([])
})

it('every key is used: by name, or as a code after a prefix', () => {
  const prefixes = [...source.matchAll(/wordsFor\(\s*[`'](\w+)/g)].map((match) => match[1]!)
  const stems = [...source.matchAll(/\bt\(`([\w.]+)\$\{/g)].map((match) => match[1]!)
  const idle = Object.keys(zh).filter((key) => !source.includes(`'${key}'`) && !prefixes.includes(key.split('.')[0]!) && !stems.some((stem) => key.startsWith(stem)))
  expect(idle).toEqual([])
})

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(vue|ts)$/.test(entry.name) && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name))
}
