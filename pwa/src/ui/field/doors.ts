/** Coming and going: who opens a store on this phone, and how it is left. */
import type { ShallowRef } from 'vue'
import type { PinState } from '@/services/guard'
import { me } from '@/ui/shared/people'
import { bringUnsaved, forgetUnsaved } from './unsaved'
import type { KnownUser, Notice, Phone, SyncStatus, Workspace, WorkspaceProblem } from '@/services/workspace'

/** Id of the person whose store opens by itself after a reload. */
const LAST = 'grid.last_user'

export interface Room {
  phone: ShallowRef<Phone | null>
  work: ShallowRef<Workspace | null>
  status: ShallowRef<SyncStatus | null>
  /** Of the open store; null without one. */
  pin: ShallowRef<PinState | null>
  /** Id of the person whose locked store waits for its PIN. */
  waiting: ShallowRef<string | null>
  /** Name of the person whose store the office ended while it was open. */
  ended: ShallowRef<string | null>
  notify: (notice: Notice) => void
}

export function doors(room: Room) {
  const out = leaving(room)
  return { ...entering(room, out), ...out }
}

/** Ways out: locked, left to somebody else, logged out. What is unsent goes on being handed in. */
function leaving({ phone, work, status, pin, waiting }: Room) {
  async function close(): Promise<void> {
    const left = work.value
    work.value = null
    me.value = null
    status.value = null
    pin.value = null
    left?.stop()
    await left?.close()
  }

  /** What locked stores hold, sealed, while nobody's store is open. */
  function handIn(): void {
    if (!work.value) void phone.value?.handInLocked().catch(() => undefined)
  }

  /** The key leaves the memory. */
  async function lock(): Promise<void> {
    const user = work.value?.user.id ?? null
    await close()
    waiting.value = user
    handIn()
  }

  /** Another person takes the phone; this one's store stays and can be opened again. */
  async function leave(): Promise<void> {
    localStorage.removeItem(LAST)
    await close()
    handIn()
  }

  async function logout(): Promise<void> {
    await work.value!.logout()
    await leave()
  }
  return { handIn, lock, leave, logout }
}

/** Ways in. A PIN that stands before the store is asked for next: then `waiting` names whose. */
function entering(room: Room, { lock, leave, handIn }: ReturnType<typeof leaving>) {
  const { phone, work, status, pin, waiting, ended } = room

  /** Opens the last person's store, which needs no network. */
  async function begin(with_: Phone): Promise<void> {
    phone.value = with_
    const last = localStorage.getItem(LAST)
    const user = (await with_.users()).find((one) => one.id === last && !one.closed && !one.ended)
    if (user?.door.is === 'open') return enter(await with_.open(user.id))
    if (user) waiting.value = user.id
    handIn()
  }

  const login = (username: string, password: string): Promise<void> => through(phone.value!.login(username, password))
  const open = (user: KnownUser): Promise<void> => through(phone.value!.open(user.id))
  const unlock = (user: string, typed: string): Promise<void> => through(phone.value!.unlock(user, typed))
  const loginAnew = (username: string, password: string): Promise<void> =>
    through(phone.value!.loginAnew(username, password))

  async function through(opening: Promise<Workspace>): Promise<void> {
    try {
      await enter(await opening)
    } catch (problem) {
      const { code, params } = problem as WorkspaceProblem
      if (code === 'locked') waiting.value = String(params.user)
      throw problem
    }
  }

  async function enter(next: Workspace): Promise<void> {
    pin.value = await next.guard.state()
    waiting.value = ended.value = null
    known(next.user.id)
    await bringUnsaved(next.forms)
    work.value = next
    status.value = next.status()
    follow(room, next, { lock, leave })
    next.start()
    void phone.value!.drainOthers(next.user.id).catch(() => undefined)
  }

  async function rekeyed(done: Promise<void>): Promise<void> {
    await done
    work.value!.start()
    pin.value = await work.value!.guard.state()
  }
  const setPin = (typed: string): Promise<void> => rekeyed(work.value!.setPin(typed))
  const removePin = (typed: string): Promise<void> => rekeyed(work.value!.removePin(typed))
  return { begin, login, loginAnew, open, unlock, setPin, removePin }
}

/** What the open store says of itself, for as long as it is the open one. */
function follow({ work, status, pin, ended, notify }: Room, next: Workspace, out: Pick<ReturnType<typeof leaving>, 'lock' | 'leave'>): void {
  next.subscribe((notice) => void heard(notice))

  async function heard(notice: Notice): Promise<void> {
    if (work.value !== next) return
    if (notice.locked) return out.lock()
    if (next.status().wiped) {
      await out.leave()
      ended.value = next.user.name
      return
    }
    const contact = status.value?.last_contact
    if (notice.status) status.value = { ...next.status() }
    notify(notice)
    if (status.value?.last_contact === contact) return
    const state = await next.guard.state().catch(() => null) // locked meanwhile
    if (work.value === next && state) pin.value = state
  }
}

/** From here on this person is "me", and what another one left half-typed is gone. */
function known(id: string): void {
  me.value = id
  if (localStorage.getItem(LAST) !== id) forgetUnsaved()
  localStorage.setItem(LAST, id)
}
