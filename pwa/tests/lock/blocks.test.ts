/** The search's blocks: one box a grid, right or not there. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Workspace } from '@/services/workspace'
import { bench, GRID, GRID2, restart, uuid, type Bench } from '../sync/script'

const H = uuid(1)
let on: Bench

beforeEach(async () => {
  on = await bench((script) => {
    script.grants.push({ scope: GRID2, rights: 'write', gen: 1, revoked_at: null, grace_until: null })
    script.put(GRID, 'household', H, { contact_person: '张三' })
    script.put(GRID2, 'household', uuid(2), { contact_person: '李四' })
  })
  await on.work.sync()
})

/** As the register does it: stamps, rows, entries. */
async function make(work: Workspace = on.work, version = 1): Promise<{ scope: string; name: unknown }[]> {
  const stamps = await work.blocks.stamps()
  const entries = (await work.list('household')).map(({ scope, data }) => ({ scope, name: data.contact_person ?? null }))
  entries.sort((one, other) => (one.scope < other.scope ? -1 : one.scope > other.scope ? 1 : 0))
  await work.blocks.keep(version, stamps, entries)
  return entries
}

const boxes = (): string[] =>
  [...on.installation.disks.get(uuid(0xaa))!.tables.get('meta')!.keys()].filter((key) => key.includes('block:'))

describe('a block of the search', () => {
  test('gives back what was kept, after a restart too, one box for each grid', async () => {
    const entries = await make()
    expect(await (await restart(on)).blocks.read(1)).toEqual(entries)
    expect(boxes()).toEqual([`"block:${GRID}"`, `"block:${GRID2}"`])
  })

  test('is there for an empty grid as well, and not before it was made', async () => {
    expect(await on.work.blocks.read(1)).toBeNull()
    on.script.gone(GRID2, uuid(2))
    await on.work.sync()
    await make()
    expect(await on.work.blocks.read(1)).toEqual([{ scope: GRID, name: '张三' }])
  })

  const changes: [string, () => Promise<unknown>][] = [
    ['something is typed', async () => on.work.update((await on.work.view(H))!, { note: 'x' })],
    ['it is sent', async () => {
      await on.work.update((await on.work.view(H))!, { note: 'x' })
      await make()
      await on.work.sync()
    }],
    ['a verdict brings a row that no page has brought yet', async () => {
      await on.work.update((await on.work.view(H))!, { note: 'x' })
      await make()
      const { problem } = await import('../sync/script')
      on.script.next('/sync/pull', () => problem(503, 'busy'))
      await on.work.sync()
    }],
    ['a colleague changed a row', async () => {
      on.script.put(GRID2, 'household', uuid(2), { contact_person: '王五' })
      await on.work.sync()
    }],
    ['another version of the app reads it', async () => undefined],
    ['a row came while it was made', async () => {
      const stamps = await on.work.blocks.stamps()
      on.script.put(GRID, 'household', uuid(3), { contact_person: '新来' })
      await on.work.sync()
      await on.work.blocks.keep(1, stamps, [])
    }],
  ]
  test.each(changes)('is not taken when %s', async (what, change) => {
    await make()
    await change()
    expect(await on.work.blocks.read(what.startsWith('another') ? 2 : 1)).toBeNull()
    const entries = await make()
    expect(await on.work.blocks.read(1)).toEqual(entries) // made anew it is right again
  })

  test('is not taken when it is damaged', async () => {
    await make()
    const meta = on.installation.disks.get(uuid(0xaa))!.tables.get('meta')!
    const key = `"block:${GRID}"`
    meta.set(key, { ...meta.get(key), box: new Uint8Array(40) })
    expect(await on.work.blocks.read(1)).toBeNull()
  })

  test('goes with its grid, and does not come back by somebody who still writes it', async () => {
    await make()
    const stamps = await on.work.blocks.stamps()
    on.script.grants[1].revoked_at = '2026-11-22T00:00:00.000Z'
    on.script.grants[1].gen = 2
    await on.work.sync()
    expect(boxes()).toEqual([`"block:${GRID}"`])
    await on.work.blocks.keep(1, stamps, [])
    expect(boxes()).toEqual([`"block:${GRID}"`])
  })
})
