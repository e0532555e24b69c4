/** Who is working on this phone now: the open workspace and what it says about itself. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { PinState } from '@/services/guard'
import type { Notice, Phone, SyncStatus, Workspace } from '@/services/workspace'
import { catalogWords } from './catalogWords'
import { doors } from './doors'

export const useSession = defineStore('session', () => {
  const phone = shallowRef<Phone | null>(null)
  const work = shallowRef<Workspace | null>(null)
  const status = shallowRef<SyncStatus | null>(null)
  const pin = shallowRef<PinState | null>(null)
  const waiting = shallowRef<string | null>(null)
  const ended = shallowRef<string | null>(null)
  const listeners = new Set<(notice: Notice) => void>()

  // both are read again whenever the workspace says that its status changed
  const catalog = computed(() => (status.value ? (work.value?.catalog() ?? null) : null))
  const grants = computed(() => (status.value ? (work.value?.grants() ?? []) : []))
  /** Held by somebody who handles issues for a unit. */
  const handles = computed(() => grants.value.some((grant) => grant.scope.startsWith('unit:') && !grant.revoked_at))
  /** Grids held by this person now. */
  const grids = computed(() => grants.value.filter((grant) => grant.scope.startsWith('grid:') && !grant.revoked_at))

  function onNotice(listener: (notice: Notice) => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const notify = (notice: Notice): void => listeners.forEach((listener) => listener(notice))

  return { phone, work, status, pin, waiting, ended, catalog, grants, grids, handles, onNotice, ...doors({ phone, work, status, pin, waiting, ended, notify }), ...catalogWords(catalog) }
})
