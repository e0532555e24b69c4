/**
 * The boxes of one store. What is about staff and server (`meta`) lies under the phone's own key, so that a locked
 * phone can still hand in, and so do photos that could not be sealed to the server (`photos`, `files`): a key that is
 * given up must not take them along. Everything else, sealed photos too (`picture`), lies under the rows' key, which is
 * the same one until there is a PIN.
 */
import type { Boxes } from './ports'

const OWN = ['meta:', 'photos:', 'files:']

/** Asked for while no PIN was typed. */
export class Locked extends Error {}

export class Ring implements Boxes {
  private rows: Boxes | null

  constructor(
    /** Under the phone's own key. */
    readonly own: Boxes,
    locked: boolean,
    /** Of a PIN that was taken off. */
    private former: Boxes | null = null,
  ) {
    this.rows = locked ? null : own
  }

  get locked(): boolean {
    return this.rows === null
  }

  unlock(rows: Boxes): void {
    this.rows = rows
  }

  lock(): void {
    this.rows = null
  }

  /** The PIN is taken off: what its key sealed goes on being opened by it, and nothing more is sealed under it. */
  lift(): void {
    this.former = this.rows
    this.rows = this.own
  }

  private under(about: string): Boxes {
    if (OWN.some((kind) => about.startsWith(kind))) return this.own
    if (!this.rows) throw new Locked('the rows are locked')
    return this.rows
  }

  async seal(about: string, value: unknown): Promise<Uint8Array> {
    return this.under(about).seal(about, value)
  }

  async sealBytes(about: string, bytes: Uint8Array): Promise<Uint8Array> {
    return this.under(about).sealBytes(about, bytes)
  }

  open(about: string, box: Uint8Array): Promise<unknown> {
    return this.either(about, (boxes) => boxes.open(about, box))
  }

  openBytes(about: string, box: Uint8Array): Promise<Uint8Array> {
    return this.either(about, (boxes) => boxes.openBytes(about, box))
  }

  /** What lies there from before this PIN is still under the phone's own key, or that of a PIN taken off. */
  private async either<T>(about: string, open: (boxes: Boxes) => Promise<T>): Promise<T> {
    let opened = open(this.under(about))
    for (const boxes of [this.own, this.former])
      if (boxes) opened = opened.catch((fault: unknown) => open(boxes).catch(() => Promise.reject(fault)))
    return opened
  }
}
