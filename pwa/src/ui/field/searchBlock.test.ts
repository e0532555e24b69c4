/** When the search's entries are kept: in a quiet moment or as the phone goes into the pocket, once, and never behind the rows. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick, shallowRef } from 'vue'
import type { Notice } from '@/services/workspace'
import type { HouseholdEntry } from './corpus'
import { keepBlocks } from './searchBlock'

const QUIET = 10_000
const WORD = 2_000

function phone() {
  const kept: unknown[] = []
  const hears: ((notice: Notice) => void)[] = []
  let stamp = 0
  const blocks = {
    stamps: async () => ({ 'grid:1': String(stamp) }),
    keep: async (_shape: number, stamps: unknown) => void kept.push(stamps),
  }
  const work = { blocks } as never
  const session = { work, onNotice: (listener: (notice: Notice) => void) => (hears.push(listener), () => undefined) }
  const loaded = shallowRef(false)
  let behind = false
  keepBlocks(session, shallowRef<HouseholdEntry[]>([]), loaded, () => behind)
  return {
    kept,
    load: async () => ((loaded.value = true), nextTick()),
    commit: () => (stamp++, hears.forEach((one) => one({ records: [], types: ['household'] } as unknown as Notice))),
    fallBehind: (now: boolean) => (behind = now),
  }
}

let hide: () => void

beforeEach(() => {
  vi.useFakeTimers()
  const page = { hidden: false, addEventListener: (_name: string, listener: () => void) => (hide = () => ((page.hidden = true), listener())) }
  vi.stubGlobal('document', page)
  vi.stubGlobal('window', globalThis)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the entries of the search', () => {
  it('are kept once all is read and nothing was written for a while', async () => {
    const on = phone()
    await on.load()
    await vi.advanceTimersByTimeAsync(QUIET)
    expect(on.kept).toEqual([])
    await vi.advanceTimersByTimeAsync(WORD)
    expect(on.kept).toEqual([{ 'grid:1': '0' }])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(on.kept).toHaveLength(1)
  })

  it('are not kept while commits go on, and then with the last of them', async () => {
    const on = phone()
    await on.load()
    for (let n = 0; n < 20; n++) {
      on.commit()
      await vi.advanceTimersByTimeAsync(QUIET - 1)
    }
    expect(on.kept).toEqual([])
    await vi.advanceTimersByTimeAsync(1 + WORD)
    expect(on.kept).toEqual([{ 'grid:1': '20' }])
  })

  it('are not kept when a commit comes while they are about to be', async () => {
    const on = phone()
    await on.load()
    await vi.advanceTimersByTimeAsync(QUIET + WORD / 2)
    on.commit()
    await vi.advanceTimersByTimeAsync(WORD)
    expect(on.kept).toEqual([])
    await vi.advanceTimersByTimeAsync(QUIET)
    expect(on.kept).toEqual([{ 'grid:1': '1' }])
  })

  it('wait for what is not in them yet', async () => {
    const on = phone()
    await on.load()
    on.fallBehind(true)
    await vi.advanceTimersByTimeAsync(QUIET + WORD)
    expect(on.kept).toEqual([])
    on.fallBehind(false)
    await vi.advanceTimersByTimeAsync(QUIET + WORD)
    expect(on.kept).toHaveLength(1)
  })

  it('are kept at once when the page is hidden, and not a second time', async () => {
    const on = phone()
    await on.load()
    on.commit()
    hide()
    await vi.advanceTimersByTimeAsync(WORD)
    expect(on.kept).toEqual([{ 'grid:1': '1' }])
    hide()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(on.kept).toHaveLength(1)
  })

  it('are not kept of a page that was hidden before they were read', async () => {
    const on = phone()
    on.commit()
    hide()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(on.kept).toEqual([])
  })
})
