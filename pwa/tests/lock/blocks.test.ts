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
async function make(work: Workspace = on.work, version = 1): Promise<{ scope: string; part: unknown }[]> {
  const stamps = await work.blocks.stamps()
  const views = await work.list('household')
  const partOf = (scope: string): unknown => views.filter((view) => view.scope === scope).map((view) => view.data.contact_person)
  await work.blocks.keep(version, stamps, partOf)
  return Object.keys(stamps).map((scope) => ({ scope, part: partOf(scope) }))
}

const boxes = (): string[] =>
  [...on.installation.disks.get(uuid(0xaa))!.tables.get('meta')!.keys()].filter((key) => key.includes('block:'))

describe('a block of the search', () => {
  test('gives back what was kept, after a restart too, one box for each grid', async () => {
    const parts = await make()
    expect(parts).toEqual([{ scope: GRID, part: ['张三'] }, { scope: GRID2, part: ['李四'] }])
    expect(await (await restart(on)).blocks.read(1)).toEqual({ fresh: true, parts })
    expect(boxes()).toEqual([`"block:${GRID}"`, `"block:${GRID2}"`])
  })

  test('is there for an empty grid as well, and not before it was made', async () => {
    expect(await on.work.blocks.read(1)).toEqual({ fresh: false, parts: [] })
    on.script.gone(GRID2, uuid(2))
    await on.work.sync()
    await make()
    expect(await on.work.blocks.read(1)).toEqual({ fresh: true, parts: [{ scope: GRID, part: ['张三'] }, { scope: GRID2, part: [] }] })
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
    ['a row came while it was made', async () => {
      const stamps = await on.work.blocks.stamps()
      on.script.put(GRID, 'household', uuid(3), { contact_person: '新来' })
      await on.work.sync()
      await on.work.blocks.keep(1, stamps, () => [])
    }],
  ]
  test.each(changes)('says that it is older than the rows when %s', async (_what, change) => {
    await make()
    await change()
    const old = await on.work.blocks.read(1)
    expect([old.fresh, old.parts.length]).toEqual([false, 2])
    const parts = await make()
    expect(await on.work.blocks.read(1)).toEqual({ fresh: true, parts }) // made anew it is right again
  })

  test('is not read by another version of the app', async () => {
    await make()
    expect(await on.work.blocks.read(2)).toEqual({ fresh: false, parts: [] })
  })

  test('is not taken when it is damaged, and the others are', async () => {
    await make()
    const meta = on.installation.disks.get(uuid(0xaa))!.tables.get('meta')!
    const key = `"block:${GRID}"`
    meta.set(key, { ...meta.get(key), box: new Uint8Array(40) })
    expect(await on.work.blocks.read(1)).toEqual({ fresh: false, parts: [{ scope: GRID2, part: ['李四'] }] })
  })

  test('goes with its grid, and does not come back by somebody who still writes it', async () => {
    await make()
    const stamps = await on.work.blocks.stamps()
    on.script.grants[1].revoked_at = '2026-11-22T00:00:00.000Z'
    on.script.grants[1].gen = 2
    await on.work.sync()
    expect(boxes()).toEqual([`"block:${GRID}"`])
    await on.work.blocks.keep(1, stamps, () => [])
    expect(boxes()).toEqual([`"block:${GRID}"`])
  })
})
