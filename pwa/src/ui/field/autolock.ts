/** A phone with a PIN locks itself when nobody touches it, and when it was put away. */
import { onScopeDispose, watch } from 'vue'
import { useRouter } from 'vue-router'
import { isIdle } from '@/core/lock'
import { preferences } from '@/ui/shared/preferences'
import { useSession } from './session'
import { hush } from './snackbar'

const TOUCHES = ['pointerdown', 'keydown', 'scroll'] as const
const LOOK_MS = 5_000
const HAND_IN_MS = 5 * 60_000

export function lockWhenIdle(): void {
  const session = useSession()
  const router = useRouter()
  let touched = Date.now()

  const touch = (): void => {
    if (!document.hidden) touched = Date.now()
  }
  // a page that was hidden may not have been woken in between: it looks before anything can be touched
  const look = (): void => {
    if (session.pin === 'set' && isIdle(touched, Date.now(), preferences.lockAfter)) void session.lock()
  }
  const online = (): void => session.handIn()

  for (const name of TOUCHES) window.addEventListener(name, touch, { passive: true, capture: true })
  document.addEventListener('visibilitychange', look)
  window.addEventListener('online', online)
  const looking = window.setInterval(look, LOOK_MS)
  const handing = window.setInterval(online, HAND_IN_MS)
  // wherever the person was: the page asks for the PIN, and nothing of before is left on the screen
  watch(() => session.waiting, (user) => {
    if (!user || session.work) return
    hush()
    void router.replace({ name: 'unlock' })
  })

  watch(() => session.ended, (name) => {
    if (!name) return
    hush()
    void router.replace({ name: 'login' })
  })

  onScopeDispose(() => {
    for (const name of TOUCHES) window.removeEventListener(name, touch, { capture: true })
    document.removeEventListener('visibilitychange', look)
    window.removeEventListener('online', online)
    window.clearInterval(looking)
    window.clearInterval(handing)
  })
}
