/** What a workspace is made of, and what its tabs tell each other. */
import type { Locks, Network, Signals } from '../core/ports'
import type { Ground } from '../core/sync/state'
import type { Guard } from './guard'
import type { SenderPart } from './photo_desk'
import type { Notice, Person } from './workspace'

/** What one tab says to the others. `lock`: the keys changed, whoever holds old ones must ask for the PIN. */
export interface Said {
  lock?: true
  notice: Notice
  /** A person wrote: whoever holds the sync loop should send it. */
  wrote: boolean
}

/** What a workspace is made of. `session` talks to the server about who is logged in. */
export interface Parts {
  ground: Ground
  user: Person
  locks: Locks
  signals: Signals
  lockName: string
  guard: Guard
  network: () => Network
  senderPart: SenderPart
  session: { login(password: string): Promise<void>; logout(): Promise<void> }
  /** Calls back when the network may be there again; returns the function that ends it. */
  onWake(nudge: () => void): () => void
}
