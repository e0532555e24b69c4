/** What a workspace offers about its PIN and its rescue file. */
import type { PinCrypto } from '../core/ports'
import type { Ring } from '../core/ring'
import type { LockRules } from '../core/sync/messages'
import { readMeta, type Ground } from '../core/sync/state'
import { dropBlocks } from './blocks'
import type { Locking } from './locking'
import { rescueFile } from './rescue'
import { reseal } from './resealing'
import { WorkspaceProblem, type RescueFile } from './workspace'

/**
 * `none`: no PIN, nobody asks for one. `wanted`: the server asks for one, rows are here without. `first`: nothing is
 * written here before there is one (a new store, or its key was given up). `set`: there is one.
 */
export type PinState = 'none' | 'wanted' | 'first' | 'set'

export class Guard {
  private working: Promise<unknown> = Promise.resolve()
  private ended = false

  constructor(
    private readonly ground: Ground,
    private readonly ring: Ring,
    private readonly locking: Locking,
    private readonly pin: PinCrypto,
  ) {}

  get locked(): boolean {
    return this.ring.locked
  }

  async state(): Promise<PinState> {
    if (this.ring.locked) return 'first'
    if ((await this.locking.door()).is !== 'open') return 'set'
    return (await rulesOf(this.ground))?.pin_required ? 'wanted' : 'none'
  }

  /** Six digits; needs the server once. */
  async set(pin: string): Promise<void> {
    await dropBlocks(this.ground.store) // names and addresses under the key that a locked phone keeps
    await this.locking.set(this.ground, this.ring, pin)
    this.goOn()
  }

  /** Works offline within the lease. */
  change(old: string, pin: string): Promise<void> {
    return this.locking.replace(this.ground, this.ring, old, pin)
  }

  async removable(): Promise<boolean> {
    return (await this.state()) === 'set' && !(await rulesOf(this.ground))?.pin_required
  }

  /** Works offline within the lease. Problems: pin_required, those of a wrong PIN. */
  async remove(pin: string): Promise<void> {
    if (!(await this.removable())) throw new WorkspaceProblem('pin_required')
    await this.settled()
    await this.bringOver() // to the end: of three keys one would be forgotten
    if (await this.locking.mustReseal()) throw new WorkspaceProblem('closed')
    await this.locking.remove(this.ground, this.ring, pin)
  }

  rescue(): Promise<RescueFile> {
    return rescueFile(this.ground, this.pin, this.ring.locked)
  }

  /** In the background: rows from before the PIN. Begins where a killed app left off, which is anywhere. */
  goOn(): void {
    this.working = this.bringOver().catch(() => undefined) // the store is gone: the next start goes on
  }

  private async bringOver(): Promise<void> {
    if (!(await this.locking.mustReseal())) return
    if (await reseal(this.ground.store, this.ring, () => !this.ended)) await this.locking.resealed()
  }

  /** Resolves when no page of it is under way. */
  settled(): Promise<unknown> {
    return this.working
  }

  /** After a round that the server answered to this person's own session. */
  async heard(): Promise<void> {
    const rules = await rulesOf(this.ground)
    if (rules && !this.ring.locked) await this.locking.renew(rules.lease_hours)
  }

  async end(): Promise<void> {
    this.ended = true
    await this.settled()
    this.ring.lock()
  }
}

/** The server's last word on PIN and lease. */
export async function rulesOf(ground: Ground): Promise<LockRules | null> {
  const server = await readMeta(ground, 'server')
  return server?.lock ?? (await readMeta(ground, 'session'))?.lock ?? null
}
