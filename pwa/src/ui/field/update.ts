/** A new version of the app waits until the person says so; what is on the phone is not touched by it. */
import { ref } from 'vue'

export const updateWaiting = ref(false)
let registration: ServiceWorkerRegistration | null = null
let asked = false

const HOUR_MS = 3_600_000

export async function keepAppOnPhone(): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (asked) window.location.reload()
  })
  registration = await navigator.serviceWorker.register('/sw.js', { scope: '/', updateViaCache: 'none' })
  watch(registration)
  registration.addEventListener('updatefound', () => registration && watch(registration))
  window.setInterval(() => void registration?.update().catch(() => undefined), HOUR_MS)
}

/** Only this tab reloads; another one that is typing keeps its version until its own reload. */
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
