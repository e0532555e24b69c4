/** Budgets and promises of the built app, read from a build made for the test. Sizes are gzip bytes. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { build, createLogger } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const KB = 1024
const dist = mkdtempSync(join(tmpdir(), 'grid-build-'))
interface Chunk {
  file: string
  imports?: string[]
  dynamicImports?: string[]
  css?: string[]
  isEntry?: boolean
}
let chunks: Record<string, Chunk>
let precached: [string, string][]
/** Warnings and errors of the build. */
const said: string[] = []
/** The map's own files, kept by who opens a map. */
let later: [string, string][]

beforeAll(async () => {
  process.env.NODE_ENV = 'production' // as `npm run build` has it: the libraries' development parts must go
  const note = (text: string): void => void said.push(text)
  const customLogger = { ...createLogger('warn'), warn: note, warnOnce: note, error: note }
  await build({ root: join(import.meta.dirname, '..'), logLevel: 'warn', customLogger, build: { outDir: dist, emptyOutDir: true } })
  chunks = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'))
  const worker = readFileSync(join(dist, 'sw.js'), 'utf8')
  const lists = [...worker.matchAll(/\[(\s*\[\s*["'`]\/[^\]]+\]\s*,?)+\s*\]/g)].map(([list]) => pairs(list))
  later = lists.find((list) => list.some(([url]) => url.includes('/drawing-')))!
  precached = lists.find((list) => list !== later)!
  expect(lists).toHaveLength(2)
}, 120_000)
afterAll(() => rmSync(dist, { recursive: true, force: true }))

const pairs = (list: string): [string, string][] =>
  [...list.matchAll(/\[\s*["'`](\/[^"'`]*)["'`],\s*["'`](sha256-[^"'`]+)["'`]\s*\]/g)].map((match) => [match[1]!, match[2]!])

/** Files an entry needs before it can show anything. */
function firstLoad(entry: string): string[] {
  const found = new Set<string>()
  const visit = (key: string): void => {
    const chunk = chunks[key]
    if (!chunk || found.has(chunk.file)) return
    found.add(chunk.file)
    chunk.css?.forEach((file) => found.add(file))
    chunk.imports?.forEach(visit)
  }
  visit(entry)
  return [...found]
}

function gzipped(files: string[], ending: string): number {
  return files
    .filter((file) => file.endsWith(ending))
    .reduce((sum, file) => sum + statSync(join(dist, `${file}.gz`)).size, 0)
}
const kept = (): string[] => precached.map(([url]) => (url === '/' ? 'index.html' : url.slice(1)))

describe('the built app keeps within its budgets', () => {
  it('first screen of the field app: 130 kB of script', () =>
    expect(gzipped(firstLoad('index.html'), '.js')).toBeLessThanOrEqual(130 * KB))
  it('all that a phone keeps: 220 kB of script and 50 kB of style', () => {
    expect(kept().length).toBeGreaterThan(5)
    expect(new Set(kept()).size).toBe(kept().length)
    expect(gzipped(kept(), '.js')).toBeLessThanOrEqual(220 * KB)
    expect(gzipped(kept(), '.css')).toBeLessThanOrEqual(50 * KB)
  })
  it('the map: 450 kB of script, loaded when somebody opens one', () => {
    const files = later.map(([url]) => url.slice(1))
    expect(files.filter((file) => file.endsWith('.js'))).toHaveLength(2) // the map and its worker
    expect(gzipped(files, '.js')).toBeLessThanOrEqual(450 * KB)
    expect(gzipped(files, '.css')).toBeLessThanOrEqual(12 * KB)
  })
  it('service worker: 5 kB', () => expect(gzipped(['sw.js'], '.js')).toBeLessThanOrEqual(5 * KB))
  it('office entry: 350 kB', () => expect(gzipped(firstLoad('office/index.html'), '.js')).toBeLessThanOrEqual(350 * KB))
})

it('a build that went well warns of nothing', () => expect(said).toEqual([]))

describe('what a phone keeps', () => {
  it('is every file the field app can ask for, lazy pages included', () => {
    const reached = new Set<string>()
    const visit = (key: string): void => {
      const chunk = chunks[key]
      if (!chunk || reached.has(chunk.file)) return
      ;[chunk.file, ...(chunk.css ?? [])].forEach((file) => reached.add(file))
      ;[...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])].forEach(visit)
    }
    visit('index.html')
    const apart = later.map(([url]) => url.slice(1))
    expect([...reached].filter((file) => !kept().includes(file) && !apart.includes(file))).toEqual([])
    expect(apart.filter((file) => kept().includes(file))).toEqual([])
  })
  it('is every script that one of its scripts names, workers too', () => {
    const texts = kept().filter((file) => file.endsWith('.js')).map((file) => readFileSync(join(dist, file), 'utf8'))
    const named = texts.flatMap((text) => text.match(/assets\/[\w-]+\.js/g) ?? [])
    expect(named.some((file) => file.includes('worker'))).toBe(true)
    const onUse = later.map(([url]) => url.slice(1))
    expect(named.filter((file) => !kept().includes(file) && !onUse.includes(file))).toEqual([])
  })
  it('is nothing that only the office needs', () => {
    const office = Object.values(chunks).filter((chunk) => chunk.file.includes('/office'))
    expect(kept().filter((file) => office.some((chunk) => chunk.file === file))).toEqual([])
  })
  it('is listed with the hash of the very bytes that are delivered', () => {
    for (const [url, integrity] of [...precached, ...later]) {
      const bytes = readFileSync(join(dist, url === '/' ? 'index.html' : url.slice(1)))
      expect(`sha256-${createHash('sha256').update(bytes).digest('base64')}`, url).toBe(integrity)
    }
  })
})

describe('the pages suit a strict content policy', () => {
  it.each(['index.html', 'office/index.html'])('%s has no inline script, style or handler', (page) => {
    const html = readFileSync(join(dist, page), 'utf8')
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/)
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/)
  })
})

it('the lock file names no host', () => {
  expect(readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8')).not.toMatch(
    /"resolved"|https?:\/\/registry/,
  )
})
