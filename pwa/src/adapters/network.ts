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

export const browserNetwork = (): Network => networkOf((navigator as { connection?: Connection }).connection)
