/** Photos as pages use them: kept on the phone, shown from it or from the server, never waiting for a network. */
import type { Catalog } from '../core/catalog'
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
import { openPhoto, sealAgain, sealPhoto, type PictureBox } from './sealed_photo'
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
  /** The place where these were taken, because somebody attached it; null takes it off. Of photos in forms. */
  place(ids: string[], place: Value): Promise<void>
  /** Removes photos that the server does not have: drafts, unsent and refused ones. */
  drop(ids: string[]): Promise<void>
  /** Refused and unsent ones, those of forms that are not saved, then verified ones that are still here. */
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
  catalog: () => Catalog | null
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
    const { files, ...lying } = await this.laid(id, taken)
    const row: PhotoRow = {
      ...{ id, record: form, scope: '', field, state: 'draft', at: taken.at, v: ROW_VERSION, ...lying },
      ...{ urgent: 0, upload: '', sent: 0, tries: 0, due: 0, rounds: 0, reason: '', stored: '' },
    }
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

  /** Sealed to the server; under the phone's own key where the server's is not known. */
  private async laid(id: string, { bytes, thumb, sha256, mime }: Taken): Promise<Pick<PhotoRow, 'size' | 'box' | 'sealed'> & { files: FileRow[] }> {
    const { ground, catalog } = this.parts
    const { boxes } = ground
    const said: PhotoBox = { sha256, mime, place: null }
    const sealing = catalog()?.sealing
    const made = sealing ? await sealPhoto(ground, sealing, id, said, bytes) : null
    const file = (kind: FileRow['kind'], box: Uint8Array): FileRow => ({ id, kind, v: ROW_VERSION, box })
    if (made) {
      const small = await boxes.sealBytes(`picture:${id}:thumb`, thumb)
      const box = await boxes.seal(`picture:${id}`, made.box)
      return { size: made.file.length, box, sealed: made.sealed, files: [file('full', made.file), file('thumb', small)] }
    }
    const full = await boxes.sealBytes(`files:${id}:full`, bytes)
    const small = await boxes.sealBytes(`files:${id}:thumb`, thumb)
    return { size: bytes.length, box: await boxes.seal(`photos:${id}`, said), files: [file('full', full), file('thumb', small)] }
  }

  async drafts(form: string): Promise<PhotoItem[]> {
    const rows = await this.parts.ground.store.read(['photos'], (tx) => tx.range('photos', 'record', { is: [form] }))
    return rows.filter((row) => row.state === 'draft').map(itemOf)
  }

  async place(ids: string[], place: Value): Promise<void> {
    for (const id of ids) {
      const { row, file } = await this.kept(id, 'full')
      if (row && !row.sealed) await this.placeOwn(row, place)
      else if (row?.state === 'draft' && file) await this.placeSealed(row, file, place)
    }
  }

  private async placeOwn({ id, box }: PhotoRow, place: Value): Promise<void> {
    const { boxes } = this.parts.ground
    const kept = (await boxes.open(`photos:${id}`, box)) as PhotoBox
    const next = await boxes.seal(`photos:${id}`, { ...kept, place })
    await this.change([id], () => ({ box: next }))
  }

  private async placeSealed({ id, box }: PhotoRow, file: FileRow, place: Value): Promise<void> {
    const { ground, catalog } = this.parts
    const sealing = catalog()?.sealing
    if (!sealing) throw new WorkspaceProblem('server')
    const kept = (await ground.boxes.open(`picture:${id}`, box)) as PictureBox
    const made = await sealAgain(ground, sealing, id, { ...kept, place }, file.box)
    const next = { size: made.file.length, sealed: made.sealed, box: await ground.boxes.seal(`picture:${id}`, made.box) }
    await ground.store.write(['photos', 'files'], async (tx) => {
      const row = await tx.get('photos', id)
      if (row?.state !== 'draft') return
      await tx.put('photos', [{ ...row, ...next }])
      await tx.put('files', [{ ...file, box: made.file }])
    })
  }

  private kept(id: string, kind: FileRow['kind']): Promise<{ row?: PhotoRow; file?: FileRow }> {
    return this.parts.ground.store.read(['photos', 'files'], async (tx) => ({ row: await tx.get('photos', id), file: await tx.get('files', [id, kind]) }))
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
    const states: PhotoState[] = ['refused', 'unsent', 'draft', 'stored']
    const rows = await this.parts.ground.store.read(['photos'], async (tx) => {
      const found: PhotoRow[] = []
      for (const state of states) found.push(...(await tx.range('photos', 'state', { is: [state] })))
      return found
    })
    return rows.map(itemOf)
  }

  async look(id: string, size: 'thumb' | 'screen'): Promise<Look> {
    const own = await this.own(id, size === 'thumb' ? 'thumb' : 'full').catch(() => null)
    if (own) return { bytes: own, mime: 'image/jpeg' }
    const key = `${id} ${size}`
    const found = this.shown.get(key) ?? (await lookAtServer(this.parts.ground.http, id, size))
    return 'problem' in found ? found : this.remember(key, found)
  }

  private async own(id: string, kind: FileRow['kind']): Promise<Uint8Array | null> {
    const { boxes } = this.parts.ground
    const { row, file } = await this.kept(id, kind)
    if (!row || !file) return null
    if (!row.sealed) return boxes.openBytes(`files:${id}:${kind}`, file.box)
    if (kind === 'thumb') return boxes.openBytes(`picture:${id}:thumb`, file.box)
    return openPhoto(id, (await boxes.open(`picture:${id}`, row.box)) as PictureBox, file.box)
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
