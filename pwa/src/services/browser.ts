/** The phone as a browser gives it. */
import { systemClock } from '../adapters/clock'
import { sealToServer } from '../adapters/envelope'
import { httpOver } from '../adapters/http'
import { BrowserInstallation } from '../adapters/installation'
import { webLocks } from '../adapters/locks'
import { browserNetwork, onNetworkChange } from '../adapters/network'
import { pinCrypto } from '../adapters/pin'
import { systemRandom } from '../adapters/random'
import { tabSignals } from '../adapters/signals'
import { persistence } from '../adapters/storage'
import { openPhone } from './phone'
import type { Phone } from './workspace'

/** Version of the app as the server's list of devices shows it, and the schema its changes are written in. */
export const APP = 'grid-pwa 0.1.0'
export const SCHEMA = 1

/** Back online, on another network, or back in front: reasons to sync now. */
function onWake(nudge: () => void): () => void {
  const shown = (): void => {
    if (document.visibilityState === 'visible') nudge()
  }
  window.addEventListener('online', nudge)
  const ends = onNetworkChange(nudge)
  document.addEventListener('visibilitychange', shown)
  return () => {
    window.removeEventListener('online', nudge)
    ends()
    document.removeEventListener('visibilitychange', shown)
  }
}

export function browserPhone(): Phone {
  const fetching: typeof fetch = (input, init) => window.fetch(input, init)
  const http = httpOver({ origin: '', fetch: fetching, timeout: 60_000, silence: 60_000, gzip: true })
  return openPhone({
    installation: new BrowserInstallation(),
    http,
    clock: systemClock,
    random: systemRandom,
    locks: webLocks(navigator.locks),
    pin: pinCrypto,
    envelope: sealToServer,
    signals: tabSignals,
    storage: persistence(navigator.storage),
    onWake,
    network: browserNetwork,
    senderPart: () => import('./photo_sending'),
    clearOutside: async () => (await import('./outside')).clearOutside(),
    deviceName: deviceName(navigator.userAgent),
    app: APP,
    schema: SCHEMA,
  })
}

/** The part of a user agent that tells phones apart, at most 60 characters. */
const deviceName = (agent: string): string => (/\(([^)]+)\)/.exec(agent)?.[1] ?? agent).slice(0, 60)
