/** Photos as pages use them: kept on the phone, shown from it or from the server, never waiting for a network. */
import type { Value } from '../core/change'
import { uuid7 } from '../core/id'
import { makeRoom, removePhotos } from '../core/photos/keeping'
import { FIRST_TERMS, type Terms } from '../core/photos/queue'
import type { PhotoBox } from '../core/photos/wire'
import type { Network } from '../core/ports'
import { ROW_VERSION, type FileRow, type PhotoRow, type PhotoState } from '../core/store'
import { readMeta, writeMeta, type Ground } from '../core/sync/state'
import { WIPED } from '../core/sync/wipe'
import { lookAtServer } from './photo_look'
import { WorkspaceProblem } from './workspace'

/** A picture as the camera adapter made it: re-encoded, without metadata. */
export interface Taken {
  bytes: Uint8Array
  thumb: Uint8Array
  mime: string
  /** 64 hex digits. */
  sha256: string
  /** RFC 3339. */
  at: string
}

/** A photo of this phone. */
export interface PhotoItem {
  id: string
  record: string
  scope: string
  field: string
  state: PhotoState
  size: number
  sent: number
  at: string
  urgent: boolean
  /** Code of what went wrong last, '' where nothing did. */
  reason: string
  stored: string
}

/** A picture to show, or why there is none: `awaited` it is on its way from another phone. */
export type Look = { bytes: Uint8Array; mime: string } | { problem: LookProblem }
export type LookProblem = 'awaited' | 'refused' | 'missing' | 'not_found' | 'offline' | 'login'

export interface Photos {
  /** Keeps a picture for a form that is not saved yet. Problem no_room. */
  keep(form: string, field: string, taken: Taken): Promise<PhotoItem>
  /** What a form that was left still has. */
  drafts(form: string): Promise<PhotoItem[]>
  /** The place where these were taken, because somebody attached it; null takes it off. */
  place(ids: string[], place: Value): Promise<void>
  /** Removes photos that the server does not have: drafts, unsent and refused ones. */
  drop(ids: string[]): Promise<void>
  /** Unsent and refused ones, then verified ones that are still here. */
  all(): Promise<PhotoItem[]>
  look(id: string, size: 'thumb' | 'screen'): Promise<Look>
  /** These go now, over any network. */
  urge(ids: string[]): Promise<void>
  terms(): Promise<Terms>
  choose(terms: Terms): Promise<void>
  network(): Network
  /** One pass now; resolves when it ended. */
  send(): Promise<void>
}

export const itemOf = (row: PhotoRow): PhotoItem => {
  const { id, record, scope, field, state, size, sent, at, urgent, reason, stored } = row
  return { id, record, scope, field, state, size, sent, at, urgent: urgent === 1, reason, stored }
}

export interface ShelfParts {
  ground: Ground
  network: () => Network
  changed(records: string[]): void
  /** A pass of sending; `hurry`: a person asked. */
  send(hurry: boolean): Promise<unknown>
}

/** Pictures of others stay in memory, up to so many bytes, and go with the app. */
const SHOWN_BYTES = 8 * 1024 * 1024

export class Shelf implements Photos {
  private readonly shown = new Map<string, { bytes: Uint8Array; mime: string }>()

  constructor(private readonly parts: ShelfParts) {}

  async keep(form: string, field: string, taken: Taken): Promise<PhotoItem> {
    const { ground } = this.parts
    const id = uuid7(ground.clock, ground.random)
    const box: PhotoBox = { sha256: taken.sha256, mime: taken.mime, place: null }
    const row: PhotoRow = {
      ...{ id, record: form, scope: '', field, state: 'draft', size: taken.bytes.length, at: taken.at },
      ...{ urgent: 0, upload: '', sent: 0, tries: 0, due: 0, rounds: 0, reason: '', stored: '' },
      ...{ v: ROW_VERSION, box: await ground.boxes.seal(`photos:${id}`, box) },
    }
    const files = [await this.file(id, 'full', taken.bytes), await this.file(id, 'thumb', taken.thumb)]
    const write = (): Promise<void> =>
      ground.store.write(['photos', 'files', 'meta'], async (tx) => {
        if (await tx.get('meta', WIPED)) throw new WorkspaceProblem('closed')
        await tx.put('photos', [row])
        await tx.put('files', files)
      })
    await write().catch(async (fault: unknown) => {
      if (fault instanceof WorkspaceProblem) throw fault
      // what the server has verified makes room first
      if ((await makeRoom(ground.store).catch(() => 0)) === 0) throw new WorkspaceProblem('no_room')
      await write().catch(() => {
        throw new WorkspaceProblem('no_room')
      })
    })
    this.parts.changed([form])
    return itemOf(row)
  }

  private async file(id: string, kind: FileRow['kind'], bytes: Uint8Array): Promise<FileRow> {
    const box = await this.parts.ground.boxes.sealBytes(`files:${id}:${kind}`, bytes)
    return { id, kind, v: ROW_VERSION, box }
  }

  async drafts(form: string): Promise<PhotoItem[]> {
    const rows = await this.parts.ground.store.read(['photos'], (tx) => tx.range('photos', 'record', { is: [form] }))
    return rows.filter((row) => row.state === 'draft').map(itemOf)
  }

  async place(ids: string[], place: Value): Promise<void> {
    const { store, boxes } = this.parts.ground
    for (const id of ids) {
      const row = await store.read(['photos'], (tx) => tx.get('photos', id))
      if (!row) continue
      const kept = (await boxes.open(`photos:${id}`, row.box)) as PhotoBox
      const box = await boxes.seal(`photos:${id}`, { ...kept, place })
      await this.change([id], () => ({ box }))
    }
  }

  async drop(ids: string[]): Promise<void> {
    const gone = await this.parts.ground.store.write(['photos', 'files'], async (tx) => {
      const rows = (await tx.getMany('photos', ids)).flatMap((row) => (row && row.state !== 'stored' ? [row] : []))
      await removePhotos(
        tx,
        rows.map((row) => row.id),
      )
      return rows
    })
    this.parts.changed(gone.map((row) => row.record))
  }

  async all(): Promise<PhotoItem[]> {
    const states: PhotoState[] = ['refused', 'unsent', 'stored']
    const rows = await this.parts.ground.store.read(['photos'], async (tx) => {
      const found: PhotoRow[] = []
      for (const state of states) found.push(...(await tx.range('photos', 'state', { is: [state] })))
      return found
    })
    return rows.map(itemOf)
  }

  async look(id: string, size: 'thumb' | 'screen'): Promise<Look> {
    const { store, boxes } = this.parts.ground
    const kind = size === 'thumb' ? 'thumb' : 'full'
    const file = await store.read(['files'], (tx) => tx.get('files', [id, kind]))
    const own = file && (await boxes.openBytes(`files:${id}:${kind}`, file.box).catch(() => null))
    if (own) return { bytes: own, mime: 'image/jpeg' }
    const key = `${id} ${size}`
    const found = this.shown.get(key) ?? (await lookAtServer(this.parts.ground.http, id, size))
    return 'problem' in found ? found : this.remember(key, found)
  }

  private remember(key: string, look: { bytes: Uint8Array; mime: string }): Look {
    this.shown.delete(key) // the last one looked at is the last to go
    this.shown.set(key, look)
    let total = [...this.shown.values()].reduce((sum, one) => sum + one.bytes.length, 0)
    for (const [oldest, one] of this.shown) {
      if (total <= SHOWN_BYTES || oldest === key) break
      this.shown.delete(oldest)
      total -= one.bytes.length
    }
    return look
  }

  private async change(ids: string[], change: (row: PhotoRow) => Partial<PhotoRow>): Promise<void> {
    const rows = await this.parts.ground.store.write(['photos'], async (tx) => {
      const found = (await tx.getMany('photos', ids)).flatMap((row) => (row ? [{ ...row, ...change(row) }] : []))
      await tx.put('photos', found)
      return found
    })
    this.parts.changed(rows.map((row) => row.record))
  }

  /** A refused one is offered once more: the server may have learned to take it. */
  async urge(ids: string[]): Promise<void> {
    const again = { state: 'unsent', urgent: 1, due: 0, tries: 0, rounds: 0, reason: '' } as const
    await this.change(ids, (row) => (row.state === 'unsent' || row.state === 'refused' ? again : {}))
    void this.parts.send(true)
  }

  async terms(): Promise<Terms> {
    return (await readMeta(this.parts.ground, 'photo_terms')) ?? FIRST_TERMS
  }

  async choose(terms: Terms): Promise<void> {
    await writeMeta(this.parts.ground, 'photo_terms', terms)
    this.parts.changed([])
    void this.parts.send(true)
  }

  network(): Network {
    return this.parts.network()
  }

  async send(): Promise<void> {
    await this.parts.send(true)
  }
}
