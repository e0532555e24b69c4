/**
 * The boxes of one store. What is about staff and server (`meta`) lies under the phone's own key, so that a locked
 * phone can still hand in; what is about residents lies under the rows' key, which is the same one until there is a PIN.
 */
import type { Boxes } from './ports'

/** Asked for while no PIN was typed. */
export class Locked extends Error {}

export class Ring implements Boxes {
  private rows: Boxes | null

  constructor(
    /** Under the phone's own key. */
    readonly own: Boxes,
    locked: boolean,
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

  private under(about: string): Boxes {
    if (about.startsWith('meta:')) return this.own
    if (!this.rows) throw new Locked('the rows are locked')
    return this.rows
  }

  async seal(about: string, value: unknown): Promise<Uint8Array> {
    return this.under(about).seal(about, value)
  }

  async open(about: string, box: Uint8Array): Promise<unknown> {
    const boxes = this.under(about)
    try {
      return await boxes.open(about, box)
    } catch (fault) {
      if (boxes === this.own) throw fault
      return this.own.open(about, box) // from before there was a PIN
    }
  }
}
