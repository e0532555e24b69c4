/** Coming and going: who opens a store on this phone, and how it is left. */
import type { ShallowRef } from 'vue'
import { me } from '@/ui/shared/people'
import { forgetUnsaved } from './unsaved'
import type { KnownUser, Notice, Phone, SyncStatus, Workspace } from '@/services/workspace'

/** Id of the person whose store opens by itself after a reload. */
const LAST = 'grid.last_user'

export interface Room {
  phone: ShallowRef<Phone | null>
  work: ShallowRef<Workspace | null>
  status: ShallowRef<SyncStatus | null>
  notify: (notice: Notice) => void
}

export function doors({ phone, work, status, notify }: Room) {
  /** Opens the last person's store, which needs no network. */
  async function begin(with_: Phone): Promise<void> {
    phone.value = with_
    const last = localStorage.getItem(LAST)
    const users = await with_.users()
    if (last && users.some((user) => user.id === last && !user.closed)) enter(await with_.open(last))
  }

  async function login(username: string, password: string): Promise<void> {
    enter(await phone.value!.login(username, password))
  }

  const open = async (user: KnownUser): Promise<void> => enter(await phone.value!.open(user.id))

  function enter(next: Workspace): void {
    work.value = next
    status.value = next.status()
    known(next.user.id)
    next.subscribe((notice) => {
      if (work.value !== next) return
      if (notice.status) status.value = { ...next.status() }
      notify(notice)
    })
    next.start()
    void phone.value!.drainOthers(next.user.id).catch(() => undefined)
  }

  /** Another person takes the phone; this one's store stays and can be opened again. */
  async function leave(): Promise<void> {
    const left = work.value
    localStorage.removeItem(LAST)
    work.value = null
    me.value = null
    status.value = null
    left?.stop()
    await left?.close()
  }

  async function logout(): Promise<void> {
    await work.value!.logout()
    await leave()
  }
  return { begin, login, open, leave, logout }
}

/** From here on this person is "me", and what another one left half-typed is gone. */
function known(id: string): void {
  me.value = id
  forgetUnsaved()
  localStorage.setItem(LAST, id)
}
