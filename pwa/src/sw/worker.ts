/**
 * Service worker: keeps the app's own files on the phone and nothing else. It never sees records:
 * no merging, no database, no sync. A new version waits until the page says "apply-update".
 */
declare const self: ServiceWorkerGlobalScope
/** `[url, integrity]` of each file of the field app, written by build/precache.ts; `LATER`: the map's, kept by who uses it. */
declare const __PRECACHE__: [string, string][]
declare const __LATER__: [string, string][]
declare const __VERSION__: string

const PREFIX = 'grid-app-'
const CACHE = PREFIX + __VERSION__
const LIST = __PRECACHE__
const LATER = __LATER__
/** Lies in the cache where the files of `LATER` do: then the next version brings its own. */
const USED = '/later'
const FILES = new Set(LIST.map(([url]) => url))

self.addEventListener('install', (event) => {
  event.waitUntil(fill())
})

self.addEventListener('activate', (event) => {
  event.waitUntil(sweep().then(() => self.clients.claim()))
})

self.addEventListener('message', (event) => {
  if (event.data === 'apply-update') void self.skipWaiting()
  if (event.data === 'keep-later') event.waitUntil(keepLater().then((kept) => event.ports[0]?.postMessage(kept)))
})

self.addEventListener('fetch', (event) => {
  const answer = answerFor(event.request)
  if (answer) event.respondWith(answer)
})

/** All files or none: a half-filled cache would be an app that breaks on the stairs. */
async function fill(): Promise<void> {
  const cache = await caches.open(CACHE)
  try {
    await Promise.all(LIST.map(async ([url, integrity]) => cache.put(url, await load(url, integrity))))
  } catch (problem) {
    await caches.delete(CACHE)
    throw problem
  }
  if (await caches.match(USED)) await keepLater()
}

/** Whether the files that are kept by who uses them are here now; tried again at the next use. */
async function keepLater(): Promise<boolean> {
  const cache = await caches.open(CACHE)
  if (await cache.match(USED)) return true
  try {
    await Promise.all(LATER.map(async ([url, integrity]) => cache.put(url, await load(url, integrity))))
  } catch {
    return false
  }
  await cache.put(USED, new Response())
  return true
}

/** Reuses the bytes of an earlier version where name and content are the same (assets carry a hash in their name). */
async function load(url: string, integrity: string): Promise<Response> {
  const held = url.startsWith('/assets/') ? await caches.match(url, { ignoreVary: true }) : undefined
  if (held) return held
  const response = await fetch(url, { integrity, cache: 'reload', credentials: 'same-origin' })
  if (!response.ok || response.redirected) throw new Error(`${url}: ${response.status}`)
  return response
}

/** Keeps this version and the one before it: another tab may still run that one and ask for its lazy parts. */
async function sweep(): Promise<void> {
  const earlier = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE)
  await Promise.all(earlier.slice(0, -1).map((name) => caches.delete(name)))
}

/** The answer this worker is responsible for, or null where the network is: /api, /office and everything unknown. */
function answerFor(request: Request): Promise<Response> | null {
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return null
  if (url.pathname === '/' || url.pathname === '/index.html') return fromCache('/', request)
  if (FILES.has(url.pathname) || url.pathname.startsWith('/assets/')) return fromCache(url.pathname, request)
  return null
}

async function fromCache(key: string, request: Request): Promise<Response> {
  const own = await caches.open(CACHE)
  return (await own.match(key, { ignoreVary: true })) ?? (key === '/' ? undefined : await caches.match(key, { ignoreVary: true })) ?? fetch(request)
}

export {}
