/** What this browser on this phone can do. The app works without any of these but the first; each makes it better. */
import { canScan } from './scanner'

export const ABILITIES = ['offline', 'persisted', 'gps', 'camera', 'qr', 'awake', 'share', 'map', 'locks', 'background'] as const
export type Ability = (typeof ABILITIES)[number]
/** `denied`: it could, and the person, or the browser for him, said no. */
export type Having = 'yes' | 'no' | 'denied'

type Nav = Pick<Navigator, 'serviceWorker' | 'storage' | 'geolocation' | 'mediaDevices' | 'wakeLock' | 'share' | 'locks' | 'permissions'>

async function permitted(nav: Nav, name: string, there: boolean): Promise<Having> {
  if (!there) return 'no'
  const asked = await nav.permissions?.query({ name: name as PermissionName }).catch(() => null)
  return asked?.state === 'denied' ? 'denied' : 'yes'
}

const has = (there: boolean): Having => (there ? 'yes' : 'no')

function drawsMaps(): boolean {
  try {
    return !!document.createElement('canvas').getContext('webgl2')
  } catch {
    return false
  }
}

export async function capabilities(nav: Nav = navigator, draws: () => boolean = drawsMaps): Promise<Record<Ability, Having>> {
  const persisted = (await nav.storage?.persisted?.().catch(() => false)) ?? false
  return {
    offline: has(!!nav.serviceWorker?.controller),
    persisted: has(persisted),
    gps: await permitted(nav, 'geolocation', !!nav.geolocation),
    camera: await permitted(nav, 'camera', !!nav.mediaDevices?.getUserMedia),
    qr: has(await canScan()),
    awake: has(!!nav.wakeLock),
    share: has(typeof nav.share === 'function'),
    map: has(draws()),
    locks: has(!!nav.locks),
    background: has('SyncManager' in globalThis),
  }
}
