/** Values that follow the local store: read now, and again after each commit that may concern them. */
import { onScopeDispose, shallowRef, watch, type ShallowRef, type WatchSource } from 'vue'
import type { Notice, Workspace } from '@/services/workspace'
import { useSession } from './session'

export interface Live<T> {
  value: ShallowRef<T | null>
  /** Whether an answer came: until then null says nothing. */
  ready: ShallowRef<boolean>
  /** Reads again now. */
  refresh: () => Promise<void>
}

/**
 * `concerns` decides whether a commit matters: names of record types, or `*` for any commit.
 * `sources` are reactive inputs of `read` (a route parameter, say). null until the first answer.
 */
export function useLive<T>(
  concerns: string[],
  read: (work: Workspace) => Promise<T>,
  sources: WatchSource[] = [],
): Live<T> {
  const session = useSession()
  const value = shallowRef<T | null>(null)
  const ready = shallowRef(false)
  let turn = 0

  async function refresh(): Promise<void> {
    const mine = ++turn
    if (!session.work) return
    const next = await read(session.work)
    if (mine !== turn) return
    value.value = next
    ready.value = true
  }
  const matters = (notice: Notice): boolean =>
    concerns.includes('*') || notice.types.some((type) => concerns.includes(type))

  const end = session.onNotice((notice) => {
    if (matters(notice)) void refresh()
  })
  onScopeDispose(end)
  watch([() => session.work, ...sources], () => void refresh(), { immediate: true })
  return { value, ready, refresh }
}
