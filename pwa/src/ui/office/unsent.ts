/**
 * Settlements on their way. A choice is held for ten seconds so that it can be taken back; it is sent then,
 * with the next choice, or on leaving. It stays in this tab's storage until the server has answered, and the
 * same id makes that the server takes it once, however often it arrives.
 */
import { defineStore } from 'pinia'
import { Fault, sendChanges, sendWhileLeaving, type SettlingChange } from './api'
import { answers, type Notice } from './answers'
import { useReview } from './review'
import { useSession } from './session'
import type { Kind } from './types'

const HOLD_S = 10
const AGAIN_MS = 10_000
const KEY = 'grid.office.unsent'

export interface Settlement {
  change: SettlingChange
  kind: Kind
  /** Account id of who chose. */
  user: string
  /** What it is about and what was chosen, in words. */
  title: string
  chosen: string
  state: 'held' | 'sending' | 'failed'
  /** Code of the Fault when it failed. */
  problem?: string
}

interface Unsent {
  waiting: Settlement[]
  notices: Notice[]
  /** Until the held one is sent. */
  seconds: number
  ticking?: ReturnType<typeof setInterval>
  again?: ReturnType<typeof setTimeout>
}

export const useUnsent = defineStore('office-unsent', {
  state: (): Unsent => ({ waiting: kept(), notices: [], seconds: 0 }),
  getters: {
    held: (unsent) => unsent.waiting.find((one) => one.state === 'held') ?? null,
    own: (unsent) => unsent.waiting.filter((one) => one.user === useSession().user?.id),
    failed: (unsent) => unsent.waiting.filter((one) => one.state === 'failed' && one.user === useSession().user?.id),
    foreign: (unsent) => unsent.waiting.filter((one) => one.user !== useSession().user?.id).length,
    /** What waits of a kind, without what was chosen already and is about to be sent. */
    left: (unsent) => (kind: Kind) => (useReview().counts?.[kind] ?? 0) - unsent.waiting.filter((one) => one.kind === kind).length,
    isSettling: (unsent) => (item: string) => unsent.waiting.some((one) => one.change.record === item),
  },
  actions: {
    /** Holds a choice; the one before it is sent now. */
    hold(chosen: Omit<Settlement, 'state' | 'user'>): void {
      void this.sendAll()
      this.notices = []
      this.waiting.push({ ...chosen, user: useSession().user!.id, state: 'held' })
      this.keep()
      this.seconds = HOLD_S
      this.ticking = setInterval(() => this.tick(), 1000)
    },
    tick(): void {
      this.seconds -= 1
      if (this.seconds <= 0) void this.sendAll()
    },
    /** Takes the held choice back; its item's id, or null when there is none. */
    undo(): string | null {
      const one = this.held
      if (!one) return null
      clearInterval(this.ticking)
      this.drop(one)
      return one.change.record
    },
    /** Sends all that waits, together; true when nothing is left. */
    async sendAll(): Promise<boolean> {
      clearInterval(this.ticking)
      clearTimeout(this.again)
      if (useSession().expired) return false // sent as soon as the same person is logged in again
      const batch = this.own.filter((one) => one.state !== 'sending')
      batch.forEach((one) => (one.state = 'sending'))
      if (batch.length) await this.send(batch)
      return this.own.length === 0
    },
    async send(batch: Settlement[]): Promise<void> {
      try {
        const verdicts = await sendChanges(batch.map((one) => one.change))
        for (const [at, one] of batch.entries()) this.notices.push(...(await answers(one, verdicts[at]!)))
        await useReview().refresh()
        batch.forEach((one) => this.drop(one))
      } catch (fault) {
        useSession().noticeFault(fault)
        batch.forEach((one) => Object.assign(one, { state: 'failed', problem: fault instanceof Fault ? fault.code : 'server' }))
        this.again = setTimeout(() => void this.sendAll(), AGAIN_MS)
      }
    },
    drop(one: Settlement): void {
      this.waiting = this.waiting.filter((other) => other.change.id !== one.change.id)
      this.keep()
    },
    keep(): void {
      sessionStorage.setItem(KEY, JSON.stringify(this.waiting))
    },
    /** The page goes: the browser sends on what nobody has answered yet. */
    leavePage(): void {
      if (this.own.length && !useSession().expired) sendWhileLeaving(this.own.map((one) => one.change))
    },
    dismiss(notice: Notice): void {
      this.notices = this.notices.filter((one) => one !== notice)
    },
  },
})

/** What this tab had not got an answer for when it was closed or reloaded. */
function kept(): Settlement[] {
  const found = JSON.parse(sessionStorage.getItem(KEY) ?? '[]') as Settlement[]
  return found.map((one) => ({ ...one, state: 'failed' }))
}
