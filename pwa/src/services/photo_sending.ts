/** When photos travel: after each round of the records, one sender a store across all tabs, by itself until none waits. */
import { sha256 } from '../adapters/crypto'
import { tidy } from '../core/photos/keeping'
import { FIRST_TERMS, mayTravel } from '../core/photos/queue'
import { firstLink, type Link, type PhotoRun } from '../core/photos/run'
import { sendPhotos, type Pass } from '../core/photos/send'
import type { Locks, Network } from '../core/ports'
import type { PhotoRow } from '../core/store'
import { openRun } from '../core/sync/run'
import { readMeta, type Ground } from '../core/sync/state'

const QUIET = { changed: () => undefined, phase: () => undefined, problem: () => undefined }
const NOTHING: Pass = { ending: 'done', at: null }

export interface PhotoSender {
  ground: Ground
  locks: Locks
  lockName: string
  network: () => Network
  changed(records: string[]): void
  /** Whether records that wait go first. */
  yields: boolean
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
    yields: sender.yields,
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
  private readonly link = firstLink()
  private running: Promise<Pass> | null = null
  private going: Promise<void> | null = null
  private stop = new AbortController()
  private wake = new AbortController()

  constructor(private readonly sender: PhotoSender) {}

  /** A pass now; a running one is joined, and where a person asked followed by another. */
  async once(hurry: boolean): Promise<Pass> {
    if (this.running && hurry) await this.running.catch(() => undefined)
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
      const { ending, at } = await this.once(false)
      const { signal } = this.stop
      // records, a login, other tabs: the next round of the records calls again
      if (at === null || signal.aborted || !['done', 'offline'].includes(ending)) return
      this.wake = new AbortController()
      await this.sender.ground.clock.wait(Math.max(1_000, at - this.sender.ground.clock.millis()), this.wake.signal)
      if (signal.aborted) return
    }
  }

  /** For good, after the piece under way. */
  end(): void {
    this.stop.abort()
    this.wake.abort()
  }
}
