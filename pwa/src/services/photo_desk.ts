/** A store's photos: the shelf at hand, the sender fetched only when something is to be sent. */
import type { Catalog } from '../core/catalog'
import type { Locks, Network } from '../core/ports'
import type { Ground } from '../core/sync/state'
import type { PhotoSending } from './photo_sending'
import { Shelf } from './photos'
import type { SyncStatus } from './status'

/** The part of the app that sends photos: in a browser a file of its own, fetched when first needed. */
export type SenderPart = () => Promise<Pick<typeof import('./photo_sending'), 'PhotoSending' | 'passOver'>>

export interface DeskParts {
  ground: Ground
  locks: Locks
  lockName: string
  network: () => Network
  catalog: () => Catalog | null
  senderPart: SenderPart
  changed(records: string[]): void
  /** Resolves when the status tells what is so now. */
  told(): Promise<void>
}

export class PhotoDesk {
  readonly shelf: Shelf
  private sending: Promise<PhotoSending> | null = null

  constructor(private readonly parts: DeskParts) {
    this.shelf = new Shelf({ ...parts, send: (hurry) => this.pass(hurry) })
  }

  private sender(): Promise<PhotoSending> {
    const { ground, locks, lockName, network, changed } = this.parts
    this.sending ??= this.parts
      .senderPart()
      .then((module) => new module.PhotoSending({ ground, locks, lockName, network, changed, yields: true }))
      .catch((fault: unknown) => {
        this.sending = null // that part of the app is not on the phone yet: asked for again next time
        throw fault
      })
    return this.sending
  }

  /** After a round of the records: goes on by itself until nothing waits. */
  go({ photos }: Pick<SyncStatus, 'photos'>): void {
    if (photos.unsent + photos.other > 0) void this.sender().then((sender) => sender.go(), () => undefined)
  }

  private async pass(hurry: boolean): Promise<void> {
    await this.sender()
      .then((sender) => sender.once(hurry))
      .catch(() => undefined) // the store failed or that part is not here: the photos still wait
    await this.parts.told()
  }

  /** Nothing more is begun; the piece under way may end by itself. A later call begins anew. */
  end(): void {
    void this.sending?.then((sender) => sender.end()).catch(() => undefined)
    this.sending = null
  }
}
