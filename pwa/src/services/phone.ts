/** The installation: whose stores are on this phone, and opening them. */
import type { Clock, Http, Installation, Locks, Network, Random, Signals, StorageProbe } from '../core/ports'
import { firstLink } from '../core/photos/run'
import { syncRound } from '../core/sync/loop'
import { readMeta, type Ground } from '../core/sync/state'
import { OpenWorkspace } from './open_workspace'
import type { SenderPart } from './photo_desk'
import { askLogin, cardOf, countUnsent, keepLogin, logout, markLoggedOut, type LoginAnswer } from './session'
import { WorkspaceProblem, type KnownUser, type Phone, type Workspace } from './workspace'

/** What a phone is made of. */
export interface PhonePorts {
  installation: Installation
  http: Http
  clock: Clock
  random: Random
  locks: Locks
  signals(name: string): Signals
  storage: StorageProbe
  onWake(nudge: () => void): () => void
  network: () => Network
  senderPart: SenderPart
  /** Shown to the office in the list of devices. */
  deviceName: string
  app: string
  schema: number
}

const lockOf = (userId: string): string => `grid-sync-${userId}`

export function openPhone(ports: PhonePorts): Phone {
  return new OpenPhone(ports)
}

class OpenPhone implements Phone {
  constructor(private readonly ports: PhonePorts) {}

  private async ground(userId: string): Promise<Ground> {
    const { http, clock, random, storage, app, schema } = this.ports
    return { ...(await this.ports.installation.open(userId)), http, clock, random, storage, app, schema }
  }

  /** Runs `work` on a user's store and closes it again. */
  private async visit<R>(userId: string, work: (ground: Ground) => Promise<R>): Promise<R> {
    const ground = await this.ground(userId)
    try {
      return await work(ground)
    } finally {
      await ground.store.close()
    }
  }

  async users(): Promise<KnownUser[]> {
    const known: KnownUser[] = []
    for (const entry of await this.ports.installation.entries()) {
      known.push({ ...entry, unsent: await this.visit(entry.id, (ground) => countUnsent(ground.store)) })
    }
    return known.sort((one, other) => (one.last_used < other.last_used ? 1 : -1))
  }

  async login(username: string, password: string): Promise<Workspace> {
    const entries = await this.ports.installation.entries()
    const known = entries.find((entry) => entry.username === username)
    const card = known
      ? await this.visit(known.id, (ground) => cardOf(ground, this.ports.deviceName))
      : { device: null, name: this.ports.deviceName, app: this.ports.app, schema: this.ports.schema, drain: false }
    const answer = await askLogin(this.ports.http, username, password, card)
    await this.keep(answer)
    for (const entry of entries) if (entry.id !== answer.user.id) await this.visit(entry.id, markLoggedOut)
    return this.open(answer.user.id)
  }

  private async keep(answer: LoginAnswer): Promise<void> {
    const { id, name, username } = answer.user
    await this.visit(id, (ground) => keepLogin(ground, answer))
    await this.ports.installation.keep({ id, name, username, last_used: this.ports.clock.now() })
  }

  async open(userId: string): Promise<Workspace> {
    const entry = (await this.ports.installation.entries()).find((one) => one.id === userId)
    if (!entry) throw new WorkspaceProblem('unknown_user')
    if (entry.closed) throw new WorkspaceProblem('login')
    const ground = await this.ground(userId)
    const session = await readMeta(ground, 'session')
    if (!session) {
      await ground.store.close()
      throw new WorkspaceProblem('unknown_user')
    }
    await this.ports.installation.keep({ ...entry, last_used: this.ports.clock.now() })
    const name = lockOf(userId)
    const { locks, onWake, deviceName, http, network, senderPart } = this.ports
    return OpenWorkspace.open({
      ground,
      user: session.user,
      locks,
      signals: this.ports.signals(name),
      lockName: name,
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
    for (const entry of others) await this.visit(entry.id, (ground) => this.drain(entry.id, ground))
  }

  /** The cookie is another person's by now, so only the drain token speaks for this store. */
  private async drain(userId: string, ground: Ground): Promise<void> {
    if (!(await countUnsent(ground.store))) return
    await markLoggedOut(ground)
    const quiet = { changed: () => undefined, phase: () => undefined, problem: () => undefined }
    await this.ports.locks.hold(lockOf(userId), () => syncRound(ground, quiet))
    if (!(await ground.store.read(['photos'], (tx) => tx.count('photos', 'state', ['unsent'])))) return
    const { passOver } = await this.ports.senderPart()
    const { locks, network } = this.ports
    const sender = { ground, locks, lockName: lockOf(userId), network, changed: () => undefined }
    await passOver(sender, firstLink(), true, new AbortController().signal)
  }

  async forget(userId: string): Promise<void> {
    if (await this.visit(userId, (ground) => countUnsent(ground.store))) throw new WorkspaceProblem('unsent_work')
    await this.ports.installation.remove(userId)
  }
}
