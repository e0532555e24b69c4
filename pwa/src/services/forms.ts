/** What was typed into forms that are not saved yet, so that a flat battery or a browser that ends takes none of it. */
import { formKey, formRows } from '../core/forms'
import { ROW_VERSION } from '../core/store'
import type { Ground } from '../core/sync/state'
import { WIPED } from '../core/sync/wipe'
import { WorkspaceProblem } from './workspace'

export interface UnsavedForm {
  /** Which form, and of what: one draft each. */
  form: string
  /** Device time of the last letter, RFC 3339. */
  at: string
  /** Where the form is opened again. */
  path: string
  /** What stood above it. */
  title: string
  /** As the form gave it: nothing but JSON. */
  typed: unknown
}

export class Forms {
  /** One after the other: what is dropped must not come back with a box that was still being sealed. */
  private last: Promise<unknown> = Promise.resolve()

  constructor(private readonly ground: Pick<Ground, 'store' | 'boxes'>) {}

  /** Newest first; without those whose box cannot be opened. */
  async all(): Promise<UnsavedForm[]> {
    const { store, boxes } = this.ground
    await this.settled()
    const rows = await store.read(['meta'], formRows)
    const opened = await Promise.all(rows.map((row) => boxes.open(row.key, row.box!).catch(() => null)))
    const forms = opened.filter((one): one is UnsavedForm => one !== null)
    return forms.sort((one, other) => (one.at < other.at ? 1 : -1))
  }

  /** Resolves when it is on the phone. Problem closed. */
  keep(one: UnsavedForm): Promise<void> {
    const { store, boxes } = this.ground
    const key = formKey(one.form)
    return this.next(async () => {
      const box = await boxes.seal(key, one)
      await store.write(['meta'], async (tx) => {
        if (await tx.get('meta', WIPED)) throw new WorkspaceProblem('closed')
        await tx.put('meta', [{ key, n: 0, v: ROW_VERSION, box }])
      })
    })
  }

  drop(form: string): Promise<void> {
    return this.next(() => this.ground.store.write(['meta'], (tx) => tx.remove('meta', [formKey(form)])))
  }

  async settled(): Promise<void> {
    await this.last.catch(() => undefined)
  }

  private next(work: () => Promise<void>): Promise<void> {
    const done = this.settled().then(work)
    this.last = done
    return done
  }
}
