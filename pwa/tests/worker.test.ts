/** The service worker, run in a room of its own with a cache and a network that a test can break. */
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { build, type Rollup } from 'vite'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'

const LIST = [['/', 'sha256-a'], ['/assets/field-1.js', 'sha256-b']]
const LATER = [['/assets/map-1.js', 'sha256-c'], ['/assets/map-1.css', 'sha256-d']]
let code: string
let shelf: Map<string, Map<string, FakeResponse>>
let network: Record<string, FakeResponse>
let asked: { url: string; integrity?: string }[]
let handlers: Record<string, (event: unknown) => void>
let skipped: boolean

interface FakeResponse { body: string; ok: boolean; redirected: boolean; status: number }
const page = (body: string, more: Partial<FakeResponse> = {}): FakeResponse => ({ body, ok: true, redirected: false, status: 200, ...more })

beforeAll(async () => {
  const root = join(import.meta.dirname, '..')
  const built = await build({
    configFile: false, root, logLevel: 'error', publicDir: false,
    define: { __PRECACHE__: JSON.stringify(LIST), __LATER__: JSON.stringify(LATER), __VERSION__: '"new"' },
    build: { write: false, minify: false, lib: { entry: 'src/sw/worker.ts', formats: ['iife'], name: 'worker', fileName: () => 'sw.js' } },
  })
  code = (built as Rollup.RollupOutput[])[0]!.output[0].code
}, 60_000)

beforeEach(() => {
  shelf = new Map()
  asked = []
  handlers = {}
  skipped = false
  network = { '/': page('index'), '/assets/field-1.js': page('script'), '/assets/lazy-0.js': page('from network'), '/assets/map-1.js': page('map'), '/assets/map-1.css': page('style') }
  runInNewContext(code, { self: worker(), caches: caches(), fetch: load, URL, Set, Promise, Error, Response: class {} })
})

const worker = () => ({
  location: { origin: 'https://grid' },
  clients: { claim: async () => undefined },
  skipWaiting: async () => void (skipped = true),
  addEventListener: (name: string, handler: (event: unknown) => void) => void (handlers[name] = handler),
})

async function load(request: string | { url: string }, init?: { integrity?: string }): Promise<FakeResponse> {
  const url = typeof request === 'string' ? request : new URL(request.url).pathname
  asked.push({ url, integrity: init?.integrity })
  const answer = network[url]
  if (!answer) throw new TypeError('no network')
  return answer
}

function caches() {
  const open = async (name: string) => {
    if (!shelf.has(name)) shelf.set(name, new Map())
    const files = shelf.get(name)!
    return { put: async (url: string, response: FakeResponse) => void files.set(url, response), match: async (url: string) => files.get(url) }
  }
  const match = async (url: string) => [...shelf.values()].map((files) => files.get(url)).find((found) => !!found)
  return { open, match, keys: async () => [...shelf.keys()], delete: async (name: string) => shelf.delete(name) }
}

async function run(name: string): Promise<void> {
  let done: Promise<unknown> = Promise.resolve()
  handlers[name]!({ waitUntil: (work: Promise<unknown>) => void (done = work) })
  await done
}

/** The worker's answer, or null where it leaves the request to the browser. */
async function get(path: string, method = 'GET'): Promise<string | null> {
  let answer: Promise<FakeResponse> | null = null
  handlers.fetch!({ request: { url: `https://grid${path}`, method }, respondWith: (given: Promise<FakeResponse>) => void (answer = given) })
  return answer ? (await (answer as Promise<FakeResponse>)).body : null
}

describe('the service worker', () => {
  it('answers the app from the phone without a network, with any query', async () => {
    await run('install')
    network = {}
    expect([await get('/'), await get('/?utm=1'), await get('/assets/field-1.js')]).toEqual(['index', 'index', 'script'])
  })
  it('never stands between the app and the API, the office or another method', async () => {
    await run('install')
    expect([await get('/api/v1/sync/pull'), await get('/office/'), await get('/sw.js'), await get('/', 'POST')]).toEqual([null, null, null, null])
  })
  it('asks the browser to check each file against its hash', async () => {
    await run('install')
    expect(asked).toEqual([{ url: '/', integrity: 'sha256-a' }, { url: '/assets/field-1.js', integrity: 'sha256-b' }])
  })
  it('keeps nothing of a version that did not arrive whole', async () => {
    network['/assets/field-1.js'] = page('gone', { ok: false, status: 404 })
    await expect(run('install')).rejects.toThrow()
    expect([...shelf.keys()]).toEqual([])
  })
  it('takes no redirected page for its own', async () => {
    network['/'] = page('portal', { redirected: true })
    await expect(run('install')).rejects.toThrow()
  })
  it('waits with a new version until the page asks for it', async () => {
    await run('install')
    expect(skipped).toBe(false)
    handlers.message!({ data: 'apply-update' })
    expect(skipped).toBe(true)
  })
  it('keeps the version before for a tab that still runs it, and no older one', async () => {
    shelf.set('grid-app-older', new Map())
    shelf.set('grid-app-old', new Map([['/assets/lazy-0.js', page('lazy of the old version')]]))
    shelf.set('somebody-else', new Map())
    await run('install')
    await run('activate')
    expect([...shelf.keys()]).toEqual(['grid-app-old', 'somebody-else', 'grid-app-new'])
    expect(await get('/assets/lazy-0.js')).toBe('lazy of the old version')
  })
})

/** What the worker answers a page that asks it to keep the map's files. */
async function keepLater(): Promise<boolean> {
  let kept: boolean | null = null
  let work: Promise<unknown> = Promise.resolve()
  handlers.message!({ data: 'keep-later', ports: [{ postMessage: (answer: boolean) => void (kept = answer) }], waitUntil: (given: Promise<unknown>) => void (work = given) })
  await work
  return kept!
}

describe('files of the map', () => {
  it('are not fetched before somebody opens a map, and then answered without a network', async () => {
    await run('install')
    expect(asked.map(({ url }) => url)).not.toContain('/assets/map-1.js')
    expect(await keepLater()).toBe(true)
    expect(asked.find(({ url }) => url === '/assets/map-1.js')).toEqual({ url: '/assets/map-1.js', integrity: 'sha256-c' })
    network = {}
    expect(await get('/assets/map-1.js')).toBe('map')
    expect(await keepLater()).toBe(true)
  })
  it('are not said to be here when one of them is not', async () => {
    await run('install')
    delete network['/assets/map-1.css']
    expect(await keepLater()).toBe(false)
    network['/assets/map-1.css'] = page('style')
    expect(await keepLater()).toBe(true)
  })
  it('come with a new version of the app for who has used them', async () => {
    shelf.set('grid-app-old', new Map([['/later', page('')]]))
    await run('install')
    network = {}
    expect(await get('/assets/map-1.js')).toBe('map')
  })
  it('never stop a new version that lacks nothing else', async () => {
    shelf.set('grid-app-old', new Map([['/later', page('')]]))
    delete network['/assets/map-1.js']
    await run('install')
    expect(await get('/assets/field-1.js')).toBe('script')
    expect(await keepLater()).toBe(false)
  })
})
