/** The search's entries follow the store, commit by commit, without reading it all again. */
import { beforeEach, expect, test, vi } from 'vitest'
import { replaced, type HouseholdEntry } from '@/ui/field/corpus'
import { readEntries, readSome, touchedBy } from '@/ui/field/corpusReading'
import { initialsOf } from '@/ui/field/initials'
import { pack } from '@/ui/field/packing'
import { allEntries, SHAPE } from '@/ui/field/searchBlock'
import type { RecordView } from '@/services/workspace'
import { bench, GRID, uuid, type Bench } from './sync/script'

const [B, D, H, H2, R, L] = [1, 2, 3, 4, 5, 6].map(uuid)
let on: Bench
let entries: HouseholdEntry[]

beforeEach(async () => {
  on = await bench((script) => {
    script.put(GRID, 'building', B, { building_no: '3' })
    script.put(GRID, 'dwelling', D, { building: B, room_no: '501' })
    script.put(GRID, 'household', H, { dwelling: D, contact_person: '张三' })
    script.put(GRID, 'household', H2, { contact_person: '李四' })
    script.put(GRID, 'resident', R, { name: '王秀英' })
    script.put(GRID, 'residence', L, { resident: R, dwelling: D, household: H })
  })
  await on.work.sync()
  entries = await whole()
})

async function whole(): Promise<HouseholdEntry[]> {
  let found: HouseholdEntry[] = []
  await readEntries(on.work, initialsOf, () => true, (part) => (found = part))
  return found
}
const view = async (id: string): Promise<RecordView> => (await on.work.view(id)) as RecordView

/** What following the commits gives; it is what reading everything again would give. */
async function after(write: () => Promise<unknown>): Promise<string[]> {
  const records: string[] = []
  const end = on.work.subscribe((notice) => records.push(...notice.records))
  await write()
  await vi.waitFor(() => expect(records).not.toEqual([]), { timeout: 10_000 })
  end()
  const ids = await touchedBy(on.work, entries, records)
  entries = replaced(entries, ids, await readSome(on.work, initialsOf, ids))
  expect(entries).toEqual(await whole())
  return entries.map((one) => `${one.place} ${one.names}${one.movedOut ? ' out' : ''}`)
}

test('all of it is read once', () => expect(entries.map((one) => `${one.place} ${one.names}`)).toEqual([' 李四', '3-501 王秀英']))

test('a name edited here, and the same edit taken back', async () => {
  expect(await after(async () => on.work.update(await view(R), { name: '王秀云' }))).toContain('3-501 王秀云')
  const [item] = await on.work.outboxItems()
  expect(await after(() => on.work.undo(item!.change))).toContain('3-501 王秀英')
})

test('a member who moves to another household is counted there and no more here', async () => {
  const made = await after(() =>
    on.work.group(async (writer) => {
      await writer.update(await view(L), { to_on: '2026-11-22' })
      await writer.create('residence', { resident: R, dwelling: D, household: H2 }, { scope: GRID })
    }),
  )
  expect(made).toEqual([' 王秀英', '3-501 张三'])
  expect(await after(async () => on.work.undo((await on.work.outboxItems())[0]!.change))).toEqual([' 李四', '3-501 王秀英'])
})

test('a building renamed by the office, a household deleted by it, and a new one', async () => {
  on.script.put(GRID, 'building', B, { building_no: '30' })
  on.script.gone(GRID, H2)
  on.script.put(GRID, 'household', uuid(7), { dwelling: D, contact_person: '赵五', moved_out_on: '2026-01-01' })
  expect(await after(() => on.work.sync())).toEqual(['30-501 王秀英', '30-501 赵五 out'])
})

test('a resident deleted by the office leaves the household', async () => {
  on.script.gone(GRID, R)
  expect(await after(() => on.work.sync())).toEqual([' 李四', '3-501 张三'])
})

test('the entries of the last time are shown at once, and made anew where anything was written since', async () => {
  await on.work.blocks.keep(SHAPE, await on.work.blocks.stamps(), () => pack(entries))
  const shown = async (): Promise<string[][]> => {
    const all: string[][] = []
    await allEntries(on.work, async () => initialsOf, () => true, (found) => all.push(found.map((one) => one.names)))
    return all
  }
  expect(await shown()).toEqual([['李四', '王秀英']])
  await on.work.update(await view(R), { name: '王秀云' })
  expect(await shown()).toEqual([['李四', '王秀英'], ['李四', '王秀云']])
})
