/** The PIN lock in use: set, changed, tried, given up; and the rows brought under its key. */
import { attempted, doorOf, dropped, expired, isPin, lifted, opened, renewed, TRIES, type Door, type LockRow } from '../core/lock'
import { NoAnswer, type Boxes, type Clock, type Http, type Installation, type PinCrypto, type Random } from '../core/ports'
import type { Ring } from '../core/ring'
import { faultOf, isObject } from '../core/sync/faults'
import { sealWaiting } from '../core/sync/handin'
import { readMeta, type Ground } from '../core/sync/state'
import { dropRows } from '../core/sync/wipe'
import { logout } from './session'
import { WorkspaceProblem } from './workspace'

export interface LockPorts {
  installation: Installation
  pin: PinCrypto
  http: Http
  clock: Clock
  random: Random
}

interface Share {
  text: string
  /** Lease to begin, hours; null: it came from the phone itself. */
  hours: number | null
}

const SHARE = 'lock:share'
const FORMER = 'lock:former'

export class Locking {
  constructor(
    private readonly ports: LockPorts,
    private readonly userId: string,
  ) {}

  /** What stands before the rows now. A share whose lease is over leaves the phone here. */
  async door(): Promise<Door> {
    const now = this.ports.clock.millis()
    const row = await this.row()
    if (row?.share && !expired(row, now).share) await this.change((one) => one && expired(one, now))
    return doorOf(await this.row(), now)
  }

  private row(): Promise<LockRow | null> {
    return this.ports.installation.lock(this.userId)
  }

  private change(how: (row: LockRow | null) => LockRow | null): Promise<LockRow | null> {
    return this.ports.installation.keepLock(this.userId, how)
  }

  /**
   * The first PIN of a store, or the one after its key was given up; needs the server. Rows written before lie under
   * the phone's own key until `reseal` has brought them over; every waiting change has its sealed copy by then.
   * Problems: bad_pin, offline, login, server.
   */
  async set(ground: Ground, ring: Ring, pin: string): Promise<void> {
    if (!isPin(pin)) throw new WorkspaceProblem('bad_pin')
    if (doorOf(await this.row(), this.ports.clock.millis()).is === 'locked') throw new WorkspaceProblem('closed')
    const before = !ring.locked
    if (before && (await sealWaiting(ground, await readMeta(ground, 'catalog')))) throw new WorkspaceProblem('server')
    const share = await this.ask(ground)
    const key = this.ports.random.bytes(32)
    const row = { ...(await this.wrapped(key, pin, share.text)), resealing: before ? 1 : 0 } as LockRow
    const cached = await ring.own.seal(SHARE, share.text)
    await this.change((old) => renewed({ ...row, former: old?.former ?? null }, this.ports.clock.millis(), share.hours ?? 0, cached))
    ring.unlock(await this.ports.pin.boxes(key))
    key.fill(0)
  }

  private async wrapped(key: Uint8Array, pin: string, share: string): Promise<LockRow> {
    const { pin: crypto, random } = this.ports
    const salt = random.bytes(16)
    const wrapped = await crypto.wrap(key, pin, share, salt, crypto.rounds)
    const fixed = { id: this.userId, salt, rounds: crypto.rounds, wrapped, share_id: await crypto.idOf(share) }
    return { ...fixed, share: null, lease_until: 0, seen: 0, wrong: 0, resealing: 0 }
  }

  /** Another PIN around the same key: one write, before it the old one opens, after it the new one. */
  async replace(ground: Ground, ring: Ring, old: string, pin: string): Promise<void> {
    if (!isPin(pin)) throw new WorkspaceProblem('bad_pin')
    const { key, share } = await this.typed(ground, ring, old)
    const { salt, rounds, wrapped } = await this.wrapped(key, pin, share)
    key.fill(0)
    await this.change((row) => row && { ...row, salt, rounds, wrapped })
  }

  /**
   * No PIN any more: one write, after which the rows' key lies under the phone's own. Rows stay as they are and new
   * ones go under the own key, so that another tab that has not heard of it loses nothing either. Every row must have
   * been brought under the PIN's key before. Problems: wrong_pin {left}, key_dropped, lease_over, login.
   */
  async remove(ground: Ground, ring: Ring, pin: string): Promise<void> {
    const { key } = await this.typed(ground, ring, pin)
    const former = await ring.own.sealBytes(FORMER, key)
    key.fill(0)
    const left = await this.change((row) => (row?.wrapped ? lifted(row, former) : row))
    if (left?.off) ring.lift()
  }

  /** What opens rows from under a PIN that was taken off; null where there are none. */
  async former(own: Boxes): Promise<Boxes | null> {
    const kept = (await this.row())?.former
    const key = kept ? await own.openBytes(FORMER, kept).catch(() => null) : null // the phone was emptied since
    return key && this.ports.pin.boxes(key)
  }

  /** Opens the ring. Problems: wrong_pin {left}, key_dropped, lease_over, login. */
  async unlock(ground: Ground, ring: Ring, pin: string): Promise<void> {
    const { key } = await this.typed(ground, ring, pin)
    ring.unlock(await this.ports.pin.boxes(key))
    key.fill(0)
  }

  private async typed(ground: Ground, ring: Ring, pin: string): Promise<{ key: Uint8Array; share: string }> {
    const door = await this.door()
    const standing = await this.row()
    if (door.is === 'dropped') return this.giveUp(ground, ring)
    if (door.is === 'open' || !standing) throw new WorkspaceProblem('closed')
    const share = await this.share(ground, ring, standing)
    const tried = await this.change((row) => row && attempted(row, this.ports.clock.millis()))
    if (!tried?.wrapped || tried.wrong > TRIES) return this.giveUp(ground, ring)
    const key = await this.ports.pin.unwrap(tried.wrapped, pin, share.text, tried.salt, tried.rounds)
    if (!key && tried.wrong >= TRIES) return this.giveUp(ground, ring)
    if (!key) throw new WorkspaceProblem('wrong_pin', { left: TRIES - tried.wrong })
    const cached = share.hours === null ? null : await ring.own.seal(SHARE, share.text)
    const now = this.ports.clock.millis()
    await this.change((row) => row && (cached ? renewed(opened(row, now), now, share.hours ?? 0, cached) : opened(row, now)))
    return { key, share: share.text }
  }

  /** Whoever tried so often must not come in by the session that is still open in this browser either. */
  private async giveUp(ground: Ground, ring: Ring): Promise<never> {
    await this.drop(ground, ring)
    if ((await readMeta(ground, 'session'))?.needs_login === false) await logout(ground)
    throw new WorkspaceProblem('key_dropped')
  }

  /** The key first: a crash after it leaves rows that nobody can read, and the next start takes them away. */
  async drop(ground: Ground, ring: Ring): Promise<void> {
    await this.giveUpKey(ring)
    await dropRows(ground)
  }

  /** The key alone, where the rows are gone already. */
  async giveUpKey(ring: Ring): Promise<void> {
    await this.change((row) => row && dropped(row))
    ring.lock()
  }

  private async share(ground: Ground, ring: Ring, row: LockRow): Promise<Share> {
    const here = row.share && (await ring.own.open(SHARE, row.share).catch(() => null))
    const share: Share = here ? { text: String(here), hours: null } : await this.asked(ground)
    // the server was put back to before it made this one, or made another: no PIN opens these rows any more
    if ((await this.ports.pin.idOf(share.text)) !== row.share_id) throw new WorkspaceProblem('share_changed')
    return share
  }

  private async asked(ground: Ground): Promise<Share> {
    try {
      return await this.ask(ground)
    } catch (fault) {
      throw fault instanceof WorkspaceProblem && fault.code === 'offline' ? new WorkspaceProblem('lease_over') : fault
    }
  }

  private async ask(ground: Ground): Promise<Share> {
    const session = await readMeta(ground, 'session')
    const body = { device: session?.device ?? '' }
    const answer = await this.ports.http
      .send({ method: 'POST', path: '/devices/share', auth: { cookie: true }, body })
      .catch((fault: unknown) => {
        if (fault instanceof NoAnswer) throw new WorkspaceProblem('offline')
        throw fault
      })
    const given = isObject(answer.body) ? answer.body : {}
    if (answer.status === 200 && typeof given.share === 'string' && given.share.length >= 32)
      return { text: given.share, hours: typeof given.lease_hours === 'number' ? given.lease_hours : 0 }
    if (answer.status === 200) throw new WorkspaceProblem('offline') // a portal's page
    const fault = faultOf(answer)
    if (fault.kind === 'login' || fault.kind === 'forbidden') throw new WorkspaceProblem('login')
    throw new WorkspaceProblem(fault.kind === 'offline' ? 'offline' : 'server')
  }

  /** The server was heard by this person's own session: the lease begins anew. */
  async renew(hours: number): Promise<void> {
    const now = this.ports.clock.millis()
    await this.change((row) => (row?.wrapped && row.share ? renewed(row, now, hours, row.share) : row))
  }

  /** Whether rows from before the PIN are still to be brought under its key. */
  async mustReseal(): Promise<boolean> {
    return (await this.row())?.resealing === 1
  }

  async resealed(): Promise<void> {
    await this.change((row) => row && { ...row, resealing: 0 })
  }
}
