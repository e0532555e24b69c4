/** The list on the desk: what waits or was settled, of one kind and area. */
import { defineStore } from 'pinia'
import { markRaw, type Raw } from 'vue'
import { Fault, readReview, type ReviewQuery } from './api'
import { useSession } from './session'
import type { Item, Kind, Related, ReviewPage, State, Taxonomy } from './types'

const PAGE = 100
const LONGEST = 200 // of one answer

export interface Filter {
  kind: Kind
  state: State
  area: string
}

interface Listed {
  filter: Filter
  items: Raw<Item[]>
  next: string | null
  counts: Record<Kind, number> | null
  /** Names of all that was seen so far. */
  related: Raw<Related>
  taxonomy: Raw<Taxonomy>
  /** Scope to name of every area seen so far, for the filter. */
  areas: Record<string, string>
  loading: boolean
  fault: Fault | null
  /** How many readings were begun: the newest one counts. */
  asked: number
}

export const useReview = defineStore('office-review', {
  state: (): Listed => ({
    filter: { kind: 'conflict', state: 'open', area: '' },
    items: markRaw([]),
    next: null,
    counts: null,
    related: markRaw({}),
    taxonomy: markRaw({}),
    areas: {},
    loading: false,
    fault: null,
    asked: 0,
  }),
  actions: {
    /** Reads the list of another filter; the old one goes at once. */
    async open(wanted: Filter): Promise<void> {
      this.filter = wanted
      this.items = markRaw([])
      this.next = null
      await this.read({ limit: PAGE })
    },
    /** Reads the list again where it stands, as long as it is now. */
    refresh(): Promise<void> {
      return this.read({ limit: Math.min(LONGEST, Math.max(PAGE, this.items.length)) })
    },
    more(): Promise<void> {
      return this.read({ after: this.next!, limit: PAGE }, this.items)
    },
    /** Reads a page that follows `before`. An answer to an older reading is dropped. */
    async read(part: Partial<ReviewQuery>, before: Item[] = []): Promise<void> {
      const mine = ++this.asked
      this.loading = true
      try {
        const { kind, state, area } = this.filter
        const page = await readReview({ kind, state, scope: area, ...part })
        if (mine === this.asked) this.take(page, [...before, ...page.items])
      } catch (thrown) {
        useSession().noticeFault(thrown)
        if (mine === this.asked) this.fault = thrown instanceof Fault ? thrown : new Fault('server')
      }
      if (mine === this.asked) this.loading = false
    },
    take(page: ReviewPage, items: Item[]): void {
      this.related = markRaw({ ...this.related, ...page.related })
      this.taxonomy = markRaw({ ...this.taxonomy, ...page.taxonomy })
      this.items = markRaw(items)
      this.next = page.next
      this.counts = page.counts
      this.fault = null
      useSession().timeline = page.timeline
      for (const item of items) if (item.scope && item.path.length) this.areas[item.scope] = item.path[item.path.length - 1]!
    },
  },
})
