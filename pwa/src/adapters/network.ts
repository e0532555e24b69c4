/** What network the phone is on, as far as its browser tells. */
import type { Network } from '../core/ports'

interface Connection {
  type?: string
}

const FREE = ['wifi', 'ethernet']

/** Only browsers of Android say; the others leave it unknown. */
export function networkOf(connection: Connection | undefined): Network {
  if (!connection?.type || connection.type === 'unknown' || connection.type === 'other') return 'unknown'
  return FREE.includes(connection.type) ? 'free' : 'paid'
}

const connection = (): (Connection & Partial<EventTarget>) | undefined =>
  (navigator as { connection?: Connection & Partial<EventTarget> }).connection

export const browserNetwork = (): Network => networkOf(connection())

/** Calls back when the phone comes onto another network; returns the function that ends it. */
export function onNetworkChange(changed: () => void): () => void {
  const on = connection()
  on?.addEventListener?.('change', changed)
  return () => on?.removeEventListener?.('change', changed)
}
