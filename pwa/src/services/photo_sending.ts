/** When photos travel: after each round of the records, one sender a store across all tabs, by itself until none waits. */
import { sha256 } from '../adapters/digest'
import { backoff } from '../core/backoff'
import { tidy } from '../core/photos/keeping'
import { FIRST_TERMS, mayTravel } from '../core/photos/queue'
import { FIRST_CHUNK, type Link, type PhotoRun } from '../core/photos/run'
import { sendPhotos, type Pass } from '../core/photos/send'
import type { Locks, Network } from '../core/ports'
import type { PhotoRow } from '../core/store'
import { openRun } from '../core/sync/run'
import { readMeta, type Ground } from '../core/sync/state'

const QUIET = { changed: () => undefined, phase: () => undefined, problem: () => undefined }
const NOTHING: Pass = { ending: 'done', at: null, retryAfter: null }

export interface PhotoSender {
  ground: Ground
  locks: Locks
  lockName: string
  network: () => Network
  changed(records: string[]): void
}

/** One pass over what waits, under the store's photo lock; 'done' at once when another tab is at it. */
export async function passOver(sender: PhotoSender, link: Link, hurry: boolean, stop: AbortSignal): Promise<Pass> {
  const { ground } = sender
  const run = await openRun(ground, QUIET)
  if (!run || run.state.wiped) return NOTHING
  const allowed = async (): Promise<(row: PhotoRow) => boolean> => {
    const terms = (await readMeta(ground, 'photo_terms')) ?? FIRST_TERMS
    return (row) => mayTravel(row, terms, sender.network())
  }
  const { auth, state, session } = run
  const photos: PhotoRun = {
    ...{ ground, auth, drain: session.drain, limits: state.limits, link, sha256, stop, allowed, hurry },
    changed: (row) => sender.changed([row.record]),
  }
  const done = await sender.locks.hold(`${sender.lockName}-photos`, async () => {
    const pass = await sendPhotos(photos)
    if ((await tidy(ground.store, ground.clock)).length) sender.changed([])
    return pass
  })
  return done === 'busy' ? NOTHING : done
}

export class PhotoSending {
  private readonly link: Link = { chunk: FIRST_CHUNK }
  private running: Promise<Pass> | null = null
  private going: Promise<void> | null = null
  private stop: AbortController | null = null
  private wake = new AbortController()
  private faults = 0

  constructor(private readonly sender: PhotoSender) {}

  /** A pass now; a running one is joined, and where a person asked followed by another. */
  async once(hurry: boolean): Promise<Pass> {
    if (this.running && hurry) await this.running.catch(() => undefined)
    this.stop ??= new AbortController()
    this.running ??= passOver(this.sender, this.link, hurry, this.stop.signal).finally(() => {
      this.running = null
    })
    return this.running
  }

  /** The records are through: photos go on until none waits; a pause that runs is cut short. */
  go(): void {
    this.wake.abort()
    this.going ??= this.keep()
      .catch(() => undefined) // the store failed: the records' loop tells of it
      .finally(() => {
        this.going = null
      })
  }

  private async keep(): Promise<void> {
    for (;;) {
      const pass = await this.once(false)
      this.faults = pass.ending === 'offline' ? this.faults + 1 : 0
      const wait = this.pause(pass)
      if (wait === null || this.stop?.signal.aborted) return
      this.wake = new AbortController()
      await this.sender.ground.clock.wait(wait, this.wake.signal)
      if (this.stop?.signal.aborted) return
    }
  }

  /** Until the next pass, ms; null: nothing to wait for but the next round of the records. */
  private pause(pass: Pass): number | null {
    const { random, clock } = this.sender.ground
    if (pass.ending === 'offline') return backoff(this.faults, random.fraction(), pass.retryAfter)
    return pass.ending === 'done' && pass.at !== null ? Math.max(1_000, pass.at - clock.millis()) : null
  }

  /** Ends after the piece under way. */
  async end(): Promise<void> {
    this.stop?.abort()
    this.wake.abort()
    await this.running?.catch(() => undefined)
    await this.going
    this.stop = null
  }
}
