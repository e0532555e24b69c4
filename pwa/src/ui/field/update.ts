/** A new version of the app waits until the person says so; what is on the phone is not touched by it. */
import { ref } from 'vue'
import { whenNewerWaits } from '@/adapters/database'
import { allKept } from './unsaved'

export const updateWaiting = ref(false)
let registration: ServiceWorkerRegistration | null = null
let asked = false

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/**
 * Another tab is the newer app already and waits for the store: this one becomes it too, once what was typed is kept.
 * What cannot be kept stays on the screen, for its writer to save elsewhere.
 */
export function followNewerTab(): void {
  whenNewerWaits(async () => {
    document.body.inert = true
    if (await allKept()) window.location.reload()
    else document.body.inert = false
  })
}

export async function keepAppOnPhone(): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (asked) window.location.reload()
  })
  await register()
  window.setInterval(() => void registration?.update().catch(() => undefined), HOUR_MS)
}

/** Tried again where the network is gone, or a portal answers in the server's place. */
async function register(): Promise<void> {
  try {
    registration = await navigator.serviceWorker.register('/sw.js', { scope: '/', updateViaCache: 'none' })
  } catch {
    window.setTimeout(() => void register(), MINUTE_MS)
    return
  }
  watch(registration)
  registration.addEventListener('updatefound', () => registration && watch(registration))
}

/** Only this tab reloads; another one that is typing keeps its version until its own reload, or until the store changes. */
export function applyUpdate(): void {
  asked = true
  registration?.waiting?.postMessage('apply-update')
}

function watch(of: ServiceWorkerRegistration): void {
  updateWaiting.value = !!of.waiting && !!navigator.serviceWorker.controller
  of.installing?.addEventListener('statechange', () => {
    updateWaiting.value = !!of.waiting && !!navigator.serviceWorker.controller
  })
}
