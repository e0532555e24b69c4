/** Keeping map tiles: a real PMTiles file served in parts, an IndexedDB, and a network that breaks. */
import 'fake-indexeddb/auto'
import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Shelf, type TilesOfServer } from '../src/adapters/tiles/shelf'
import { NoAnswer, type Http } from '../src/core/ports'
import { archiveOf, keepTiles, planOf } from '../src/services/archive'
import { clearOutside } from '../src/services/outside'
import { knownGround, readGround } from '../src/services/tiles'
import { fileOf } from './pmtiles'

const HOME = { west: 117.07, south: 36.66, east: 117.076, north: 36.6645 }
const TILES: TilesOfServer = { kind: 'file', url: 'https://grid/api/v1/map/tiles', tag: 'one', crs: 'wgs84', credit: '' }
const { bytes: file, at } = fileOf((name) => gzipSync(`${name} ${'#'.repeat(3_000)}`, { level: 0 }))
let shelf: Shelf
let asked: { from: number; to: number }[]
let broken: () => boolean

beforeEach(async () => {
  shelf = new Shelf()
  await shelf.clear()
  asked = []
  broken = () => false
  vi.stubGlobal('fetch', async (_url: string, init: RequestInit) => {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(new Headers(init.headers).get('range')!)!.map(Number)
    asked.push({ from: from!, to: to! })
    if (broken()) throw new TypeError('no network')
    return new Response(file.slice(from, to! + 1), { status: 206, headers: { ETag: '"one"' } })
  })
})
const words = async (tag: TilesOfServer, z: number, x: number, y: number, kept = true) => {
  const bytes = await archiveOf(tag, kept ? await shelf.kept() : null, shelf).tile({ z, x, y })
  return bytes && new TextDecoder().decode(bytes).split(' ')[0]
}
const keep = async (progress: (done: number) => void = () => undefined) => {
  const plan = await planOf(TILES, [HOME], shelf)
  await keepTiles(plan, ['grid:2', 'grid:1'], '2026-11-20T00:00:00.000Z', progress, shelf)
  return plan
}

describe('tiles kept on a phone', () => {
  it('cost what was said before, and are a part of the file', async () => {
    const plan = await planOf(TILES, [HOME], shelf)
    expect(plan.missing).toBe(plan.bytes)
    expect(plan.bytes).toBeLessThan(file.byteLength / 3)
    asked = []
    let done = 0
    await keepTiles(plan, [], 'now', (bytes) => (done = bytes), shelf)
    expect(done).toBe(plan.bytes)
    expect(asked.reduce((sum, { from, to }) => sum + to - from + 1, 0)).toBe(plan.bytes)
    expect(asked.length).toBeLessThan(8)
  })
  it('are all there without a network: those of the area, and none of elsewhere', async () => {
    await keep()
    broken = () => true
    for (const [z, x, y] of at.near) expect(await words(TILES, z, x, y)).toBe(`${z}/${x}/${y}`)
    await expect(words(TILES, ...at.far)).rejects.toThrow()
    expect(await words(TILES, 5, 0, 0)).toBeNull()
    expect(await shelf.kept()).toMatchObject({ tag: 'one', scopes: ['grid:1', 'grid:2'] })
  })
  it('come from the server where nothing is kept', async () => {
    expect(await words(TILES, ...at.far, false)).toBe(at.far.join('/'))
  })
  it('are gone on with after the network broke: what came is not fetched again', async () => {
    const plan = await planOf(TILES, [HOME], shelf)
    let parts = 0
    broken = () => parts++ >= 2
    await expect(keepTiles(plan, [], 'now', () => undefined, shelf)).rejects.toThrow()
    expect(await shelf.kept()).toBeNull()
    broken = () => false
    const again = await planOf(TILES, [HOME], shelf)
    expect(again.bytes).toBe(plan.bytes)
    expect(again.missing).toBeLessThan(plan.bytes)
    await keepTiles(again, [], 'now', () => undefined, shelf)
    broken = () => true
    expect(await words(TILES, ...at.near[0]!)).toBe(at.near[0]!.join('/'))
  })
  it('of an older file stay in use until newer ones are here, and the two are never mixed', async () => {
    await keep()
    const newer = { ...TILES, tag: 'two' }
    asked = []
    expect(await words(newer, ...at.near[0]!)).toBe(at.near[0]!.join('/'))
    await expect(words(newer, ...at.far)).rejects.toThrow('not kept')
    expect(asked).toEqual([])
  })
  it('are not taken from another file than the size was said of', async () => {
    const plan = await planOf(TILES, [HOME], shelf)
    await expect(keepTiles({ ...plan, tag: 'two' }, [], 'now', () => undefined, shelf)).rejects.toThrow()
    expect(await shelf.held('two')).toEqual([])
  })
  it('leave nothing behind when they are removed', async () => {
    await keep()
    await shelf.clear()
    expect([await shelf.kept(), await shelf.held('one')]).toEqual([null, []])
  })
})

describe('where tiles are', () => {
  const none = () => Promise.reject(new Error())
  const answering = (status: number, body: unknown): Http => ({ send: async () => ({ status, body, type: 'application/json', retryAfter: null, tag: null }), stream: none, bytes: none })
  const silent: Http = { send: () => Promise.reject(new NoAnswer('')), stream: none, bytes: none }
  it('is remembered from the last time the server said so', async () => {
    expect(await knownGround(shelf)).toBeNull()
    expect(await readGround(silent, shelf)).toEqual({ tiles: null, kept: null, fresh: false })
    expect(await readGround(answering(200, { tiles: TILES }), shelf)).toEqual({ tiles: TILES, kept: null, fresh: true })
    expect(await readGround(silent, shelf)).toEqual({ tiles: TILES, kept: null, fresh: false })
    expect(await readGround(answering(401, {}), shelf)).toMatchObject({ tiles: TILES, fresh: false })
    expect(await knownGround(shelf)).toMatchObject({ tiles: TILES })
    expect((await readGround(answering(200, { tiles: null }), shelf)).tiles).toBeNull()
  })
})

describe('a phone that is emptied', () => {
  it('keeps no tile and no note of where somebody worked, but its language and size of text', async () => {
    await keep()
    const kept = new Map(Object.entries({ 'grid.preferences': 'x', 'grid.about': 'x', 'grid.recent_buildings': '["b"]', 'grid.recent_items': 'x', 'grid.track': 'p', 'grid.last_user': 'u', other: 'x' }))
    const notes = { get length() { return kept.size }, key: (n: number) => [...kept.keys()][n] ?? null, removeItem: (name: string) => void kept.delete(name) }
    await clearOutside(notes as unknown as Storage, shelf)
    expect([...kept.keys()]).toEqual(['grid.preferences', 'grid.about', 'other'])
    expect([await shelf.kept(), await shelf.held('one')]).toEqual([null, []])
    await clearOutside(notes as unknown as Storage, shelf)
  })
})
