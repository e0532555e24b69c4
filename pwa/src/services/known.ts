/** Who has a store on this phone, and what the phone offers before one is open. */
import type { Door } from '../core/lock'
import type { Workspace } from './workspace'

/** One user known on this phone. */
export interface KnownUser {
  id: string
  name: string
  username: string
  unsent: number
  last_used: string
  /** Logged out by his own wish: opens only after a login. */
  closed?: boolean
  /** The office ended this phone and it emptied itself: opens only after a login. */
  ended: boolean
  /** What stands before the rows. */
  door: Door
}

/** Everything unsent of one store, for anybody to carry. */
export interface RescueFile {
  name: string
  /** JSON; large where photos wait, so not a text in memory. */
  content: Blob
  changes: number
  photos: number
  /** Changes and photos that could not be taken along because they have no sealed copy. */
  without: number
}

/** The installation: who has a store here. */
export interface Phone {
  users(): Promise<KnownUser[]>
  /** Online. Makes the store at first use; a user known here keeps device and unsent work. */
  login(username: string, password: string): Promise<Workspace>
  /** Offline: opens a store that is here already; `locked` where a PIN stands before it. */
  open(userId: string): Promise<Workspace>
  unlock(userId: string, pin: string): Promise<Workspace>
  /** The PIN is forgotten or its key given up: with the password, online. What waits stays, a new PIN follows. */
  loginAnew(username: string, password: string): Promise<Workspace>
  /** Of any store, locked or not. */
  rescue(userId: string): Promise<RescueFile>
  /** Locked stores hand in with their drain tokens what they cannot read. */
  handInLocked(): Promise<void>
  /** Hands in what other users of this phone left unsent (drain tokens, no rows read). */
  drainOthers(except: string): Promise<void>
  /** Removes a user's store and what lies beside it, and ends the session; refused (`unsent_work`) while anything waits or a photo is nowhere else. */
  forget(userId: string): Promise<void>
}
