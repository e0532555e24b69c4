/** Who sits at the desk, and the catalogue that names everything. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { mayReview, type Catalog } from '@/core/catalog'
import { Fault, login, logout, readCatalog, whoAmI } from './api'
import type { User } from './types'

export const useSession = defineStore('office-session', () => {
  const user = shallowRef<User | null>(null)
  const timeline = ref('')
  const catalog = shallowRef<Catalog | null>(null)
  /** The session ended while somebody worked: what he had open stays, he only logs in again. */
  const expired = ref(false)

  /** Whether this person has a desk here at all. */
  const reviews = computed(() => mayReview(catalog.value, user.value?.roles ?? []))

  async function take(session: { user: User; timeline: string }): Promise<void> {
    catalog.value ??= await readCatalog()
    timeline.value = session.timeline
    user.value = session.user
    expired.value = false
  }

  /** False where nobody is logged in. Throws Fault. */
  async function resume(): Promise<boolean> {
    try {
      await take(await whoAmI())
      return true
    } catch (fault) {
      if (fault instanceof Fault && fault.code === 'unauthenticated') return false
      throw fault
    }
  }

  /** Throws Fault bad_credentials, throttled, offline ... */
  const enter = async (username: string, password: string): Promise<void> => take(await login(username, password))

  async function leave(): Promise<void> {
    await logout()
    user.value = null
  }

  /** Notes that the server no longer knows this session; hands the fault on. */
  function noticeFault(fault: unknown): void {
    if (fault instanceof Fault && fault.code === 'unauthenticated') expired.value = true
  }

  return { user, timeline, catalog, expired, reviews, resume, enter, leave, noticeFault }
})
