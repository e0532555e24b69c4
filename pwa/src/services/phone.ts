/** The installation: whose stores are on this phone, and opening them. */
import { formRows } from '../core/forms'
import type { Clock, Entry, Http, Installation, Locks, Network, PinCrypto, Random, SealToServer, Signals, StorageProbe } from '../core/ports'
import { firstLink } from '../core/photos/run'
import { Ring } from '../core/ring'
import { handIn } from '../core/sync/hand_in'
import { syncRound } from '../core/sync/loop'
import { isWiped } from '../core/sync/wipe'
import { readMeta, type Ground } from '../core/sync/state'
import { Guard, rulesOf } from './guard'
import { Locking } from './locking'
import { OpenWorkspace } from './open_workspace'
import type { SenderPart } from './photo_desk'
import { rescueFile } from './rescue'
import { askLogin, cardOf, countUnsent, keepLogin, logout, markLoggedOut, type LoginAnswer } from './session'
import { WorkspaceProblem, type KnownUser, type Phone, type RescueFile, type Workspace } from './workspace'

/** What a phone is made of. */
export interface PhonePorts {
  installation: Installation
  http: Http
  clock: Clock
  random: Random
  locks: Locks
  pin: PinCrypto
  envelope: SealToServer
  signals(name: string): Signals
  storage: StorageProbe
  onWake(nudge: () => void): () => void
  network: () => Network
  senderPart: SenderPart
  /** Removes what this phone keeps outside its stores. */
  clearOutside(): Promise<void>
  /** Shown to the office in the list of devices. */
  deviceName: string
  app: string
  schema: number
}

/** A store with what opens its rows. */
interface Place {
  ground: Ground
  ring: Ring
  locking: Locking
}

const lockOf = (userId: string): string => `grid-sync-${userId}`

export function openPhone(ports: PhonePorts): Phone {
  return new OpenPhone(ports)
}

class OpenPhone implements Phone {
  constructor(private readonly ports: PhonePorts) {}

  private async place(userId: string): Promise<Place> {
    const { installation, http, clock, random, storage, envelope, app, schema } = this.ports
    const locking = new Locking(this.ports, userId)
    const { store, boxes } = await installation.open(userId)
    const ring = new Ring(boxes, (await locking.door()).is !== 'open', await locking.former(boxes))
    const destroyKey = async (again: () => Promise<void>): Promise<void> => {
      await this.ports.clearOutside() // before the receipt; a phone that is killed here begins the wipe again
      if ((await locking.door()).is !== 'open') await locking.giveUpKey(ring)
      await installation.replaceKey(userId, again)
    }
    return { ground: { store, boxes: ring, http, clock, random, storage, envelope, destroyKey, app, schema }, ring, locking }
  }

  /** Runs `work` on a user's store and closes it again. */
  private async visit<R>(userId: string, work: (ground: Ground, place: Place) => Promise<R>): Promise<R> {
    const place = await this.place(userId)
    try {
      return await work(place.ground, place)
    } finally {
      await place.ground.store.close()
    }
  }

  async users(): Promise<KnownUser[]> {
    const known: KnownUser[] = []
    for (const entry of await this.ports.installation.entries()) {
      const read = async (ground: Ground, { locking }: Place): Promise<void> => {
        known.push({ ...entry, unsent: await countUnsent(ground.store), ended: await isWiped(ground.store), door: await locking.door() })
      }
      await this.visit(entry.id, read)
    }
    return known.sort((one, other) => (one.last_used < other.last_used ? 1 : -1))
  }

  async login(username: string, password: string): Promise<Workspace> {
    const { user } = await this.ask(username, password)
    return this.enter(await this.entry(user.id), (place) => behind(place, user.id, true))
  }

  /** The password first: a wrong one takes no key away. */
  async loginAnew(username: string, password: string): Promise<Workspace> {
    const { user } = await this.ask(username, password)
    const entry = await this.entry(user.id)
    return this.enter(entry, async ({ ground, ring, locking }) => {
      if ((await locking.door()).is !== 'open') await locking.drop(ground, ring)
    })
  }

  private async ask(username: string, password: string): Promise<LoginAnswer> {
    const entries = await this.ports.installation.entries()
    const known = entries.find((entry) => entry.username === username)
    const card = known
      ? await this.visit(known.id, (ground) => cardOf(ground, this.ports.deviceName))
      : { device: null, name: this.ports.deviceName, app: this.ports.app, schema: this.ports.schema, drain: null }
    const answer = await askLogin(this.ports.http, username, password, card)
    await this.keep(answer)
    for (const entry of entries) if (entry.id !== answer.user.id) await this.visit(entry.id, markLoggedOut)
    return answer
  }

  private async keep(answer: LoginAnswer): Promise<void> {
    const { id, name, username } = answer.user
    await this.visit(id, (ground) => keepLogin(ground, answer))
    await this.ports.installation.keep({ id, name, username, last_used: this.ports.clock.now() })
  }

  private async entry(userId: string): Promise<Entry> {
    const entry = (await this.ports.installation.entries()).find((one) => one.id === userId)
    if (!entry) throw new WorkspaceProblem('unknown_user')
    if (entry.closed) throw new WorkspaceProblem('login')
    return entry
  }

  async open(userId: string): Promise<Workspace> {
    return this.enter(await this.entry(userId), (place) => behind(place, userId, false))
  }

  async unlock(userId: string, pin: string): Promise<Workspace> {
    return this.enter(await this.entry(userId), ({ ground, ring, locking }) => locking.unlock(ground, ring, pin))
  }

  /** `pass` opens what stands before the rows, or says why not. */
  private async enter(entry: Entry, pass: (place: Place) => Promise<void>): Promise<Workspace> {
    const place = await this.place(entry.id)
    try {
      await pass(place)
      if (!(await readMeta(place.ground, 'session'))) throw new WorkspaceProblem('unknown_user')
      if ((await rulesOf(place.ground))?.pin_required && (await isNew(place))) place.ring.lock()
      return await this.workspace(entry, place)
    } catch (fault) {
      await place.ground.store.close()
      throw fault
    }
  }

  private async workspace(entry: Entry, { ground, ring, locking }: Place): Promise<Workspace> {
    const session = await readMeta(ground, 'session')
    if (!session) throw new WorkspaceProblem('unknown_user')
    await this.ports.installation.keep({ ...entry, last_used: this.ports.clock.now() })
    const name = lockOf(entry.id)
    const { locks, onWake, deviceName, http, pin, network, senderPart } = this.ports
    return OpenWorkspace.open({
      ground,
      user: session.user,
      locks,
      signals: this.ports.signals(name),
      lockName: name,
      guard: new Guard(ground, ring, locking, pin),
      onWake,
      network,
      senderPart,
      session: {
        login: async (password) =>
          this.again(
            ground,
            session.user,
            await askLogin(http, session.user.username, password, await cardOf(ground, deviceName)),
          ),
        logout: async () => {
          await this.ports.installation.keep({ ...entry, closed: true })
          await logout(ground)
        },
      },
    })
  }

  /** The same person again: an account that came back under another id must not take over this store. */
  private async again(ground: Ground, user: { id: string }, answer: LoginAnswer): Promise<void> {
    if (answer.user.id !== user.id) throw new WorkspaceProblem('bad_credentials')
    await keepLogin(ground, answer)
    for (const entry of await this.ports.installation.entries()) {
      if (entry.id !== user.id) await this.visit(entry.id, markLoggedOut)
    }
  }

  async drainOthers(except: string): Promise<void> {
    const others = (await this.ports.installation.entries()).filter((entry) => entry.id !== except)
    for (const entry of others) await this.visit(entry.id, (ground, { ring }) => this.drain(entry.id, ground, ring))
  }

  /** The cookie is another person's by now, so only the drain token speaks for this store. */
  private async drain(userId: string, ground: Ground, ring: Ring): Promise<void> {
    if (ring.locked) return this.handIn(userId, ground)
    if (!(await countUnsent(ground.store))) return
    await markLoggedOut(ground)
    const quiet = { changed: () => undefined, phase: () => undefined, problem: () => undefined }
    await this.ports.locks.hold(lockOf(userId), () => syncRound(ground, quiet))
    await this.drainPhotos(userId, ground)
  }

  /** False when none waited. */
  private async drainPhotos(userId: string, ground: Ground): Promise<boolean> {
    if (!(await ground.store.read(['photos'], (tx) => tx.count('photos', 'state', ['unsent'])))) return false
    const { passOver } = await this.ports.senderPart()
    const { locks, network } = this.ports
    const sender = { ground, locks, lockName: lockOf(userId), network, changed: () => undefined, yields: false }
    await passOver(sender, firstLink(), true, new AbortController().signal)
    return true
  }

  async handInLocked(): Promise<void> {
    for (const entry of await this.ports.installation.entries())
      await this.visit(entry.id, async (ground, { ring }) => (ring.locked ? this.handIn(entry.id, ground) : undefined))
  }

  private async handIn(userId: string, ground: Ground): Promise<void> {
    const hand = (): Promise<unknown> => this.ports.locks.hold(lockOf(userId), () => handIn(ground))
    await hand()
    if (await this.drainPhotos(userId, ground)) await hand() // a phone that ends waits for them
  }

  rescue(userId: string): Promise<RescueFile> {
    return this.visit(userId, (ground, { ring }) => rescueFile(ground, this.ports.pin, ring.locked))
  }

  async forget(userId: string): Promise<void> {
    await this.visit(userId, async (ground) => {
      if ((await countUnsent(ground.store)) || (await holdsUnstored(ground))) throw new WorkspaceProblem('unsent_work')
      if ((await readMeta(ground, 'session'))?.needs_login === false) await logout(ground)
    })
    await this.ports.installation.remove(userId)
    await this.ports.clearOutside()
  }
}

/** What is nowhere else: forms that are not saved, with their photos, and photos that the server would not have. */
const holdsUnstored = ({ store }: Ground): Promise<boolean> =>
  store.read(['photos', 'meta'], async (tx) => (await tx.count('photos')) > (await tx.count('photos', 'state', ['stored'])) || (await formRows(tx)).length > 0)

/** What stands before the rows is met; where the key is gone only a login leads further, to a new PIN. */
async function behind({ ground, ring, locking }: Place, userId: string, login: boolean): Promise<void> {
  const door = await locking.door()
  if (door.is === 'locked') throw new WorkspaceProblem('locked', { user: userId })
  if (door.is === 'open') return
  await locking.drop(ground, ring) // to the end, should it have been cut short
  if (!login) throw new WorkspaceProblem('key_dropped')
}

/** Nothing was ever written here but what a login keeps: the first row can wait for the PIN. */
async function isNew({ ground, locking }: Place): Promise<boolean> {
  if ((await locking.door()).is !== 'open') return false
  return ground.store.read(['cursors', 'outbox', 'journal'], async (tx) => {
    const counts = [await tx.count('cursors'), await tx.count('outbox'), await tx.count('journal')]
    return counts.every((count) => count === 0)
  })
}
