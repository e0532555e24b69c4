/** Photos on the phone's pages: which list an action fills, and how the open store shows one. */
import type { Look, RecordView, Values } from '@/services/workspace'
import { passed } from './issues'
import { useSession } from './session'

export type PhotoList = 'photos_before' | 'photos_during' | 'photos_after'
export const LISTS: PhotoList[] = ['photos_before', 'photos_during', 'photos_after']
/** As many as a list may hold. */
export const MOST = 9

const OF_ACTION: Record<string, PhotoList> = {
  report_done: 'photos_after',
  self_handle: 'photos_after',
  verify_ok: 'photos_after',
  verify_fail: 'photos_after',
  take: 'photos_during',
  hold: 'photos_during',
  resubmit: 'photos_before',
}
/** Steps that say "it is done": an item that asks for photos asks for them here. */
const DONE = ['report_done', 'self_handle']

/** The list that photos of a step go to, null where a step takes none. */
export const listOf = (action: string): PhotoList | null => OF_ACTION[action] ?? null

export const asksPhotos = (action: string): boolean => DONE.includes(action)

/** Where a photo added now belongs: before, while or after something was done. */
export function listNow(issue: RecordView): PhotoList {
  const steps = passed(issue)
  return steps < 2 ? 'photos_before' : steps < 3 ? 'photos_during' : 'photos_after'
}

export const hasPhotos = (lists: Values): boolean => Object.values(lists).some((ids) => Array.isArray(ids) && ids.length > 0)

export function photosIn(view: RecordView, field: string): string[] {
  const value = view.data[field]
  return Array.isArray(value) ? (value as string[]) : []
}

export function look(id: string, size: 'thumb' | 'screen'): Promise<Look> {
  const work = useSession().work
  return work ? work.photos.look(id, size) : Promise.resolve({ problem: 'login' })
}
