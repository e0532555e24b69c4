/** Forms that were not saved: sealed like the rows, gone with them, and never in the way of them. */
import { expect, test } from 'vitest'
import type { Boxes } from '@/core/ports'
import type { UnsavedForm } from '@/services/forms'
import { again, code, lockBench, PIN, WHO, type Locked } from './bench'

const form = (words: string, name = 'report/0203', at = '2026-03-01T08:00:00Z'): UnsavedForm => ({ form: name, at, path: '/report?item=0203', title: '上报', typed: { words } })
const inMeta = (on: Locked): string[] => [...on.installation.disks.get(WHO)!.tables.get('meta')!.keys()].filter((key) => key.includes('form:'))
const own = (on: Locked): Boxes => (on.work.guard as unknown as { ring: { own: Boxes } }).ring.own

test('what was typed is there after an app that was killed, newest first, and nothing of it lies in clear', async () => {
  const on = await lockBench()
  await on.work.forms.keep(form('井盖松了'))
  await on.work.forms.keep(form('路灯不亮', 'report/0301', '2026-03-01T09:00:00Z'))
  const work = await again(on).open(WHO)
  expect((await work.forms.all()).map((one) => one.typed)).toEqual([{ words: '路灯不亮' }, { words: '井盖松了' }])
  const rows = [...on.installation.disks.get(WHO)!.tables.get('meta')!.values()] as { key: string; box: Uint8Array | null }[]
  const lying = rows.filter((row) => row.key.startsWith('form:'))
  expect(lying.map((row) => row.key)).toEqual(['form:report/0203', 'form:report/0301'])
  expect(lying.some((row) => new TextDecoder().decode(row.box!).includes('井盖'))).toBe(false)
})

test('the last letter wins, and a form that was saved does not come back with a box still being sealed', async () => {
  const on = await lockBench()
  const { forms } = on.work
  await Promise.all([forms.keep(form('井')), forms.keep(form('井盖')), forms.keep(form('井盖松了'))])
  expect((await forms.all()).map((one) => one.typed)).toEqual([{ words: '井盖松了' }])
  await Promise.all([forms.keep(form('井盖松了！')), forms.drop('report/0203')])
  expect(await forms.all()).toEqual([])
})

test('a form from before the PIN lies under its key once the rows do', async () => {
  const on = await lockBench()
  await on.work.forms.keep(form('井盖松了'))
  await on.work.setPin(PIN)
  await on.work.guard.settled()
  const row = on.installation.disks.get(WHO)!.tables.get('meta')!.get('"form:report/0203"') as { box: Uint8Array }
  await expect(own(on).open('form:report/0203', row.box)).rejects.toThrow()
  expect(await on.work.forms.all()).toHaveLength(1)
})

test('a locked phone does not show it, and has it again with the PIN', async () => {
  const on = await lockBench()
  await on.work.setPin(PIN)
  await on.work.forms.keep(form('井盖松了'))
  const phone = again(on)
  expect(await code(phone.open(WHO))).toBe('locked')
  expect((await (await phone.unlock(WHO, PIN)).forms.all()).map((one) => one.typed)).toEqual([{ words: '井盖松了' }])
})

test('goes with the rows: when the key is given up, and when the office ends the phone', async () => {
  const dropped = await lockBench()
  await dropped.work.setPin(PIN)
  await dropped.work.forms.keep(form('井盖松了'))
  for (let wrong = 0; wrong < 10; wrong++) await code(again(dropped).unlock(WHO, '000000'))
  expect(inMeta(dropped)).toEqual([])

  const wiped = await lockBench()
  await wiped.work.forms.keep(form('井盖松了'))
  wiped.script.hello = { actions: ['wipe'] }
  await wiped.work.sync()
  expect(inMeta(wiped)).toEqual([])
  await expect(wiped.work.forms.keep(form('井盖又松了'))).rejects.toMatchObject({ code: 'closed' })
})

test('nobody is taken off a phone that holds a form of theirs and nothing else', async () => {
  const on = await lockBench()
  await on.work.forms.keep(form('井盖松了'))
  await on.work.close()
  const phone = again(on)
  expect(await code(phone.forget(WHO))).toBe('unsent_work')
  const work = await phone.open(WHO)
  await work.forms.drop('report/0203')
  await work.close()
  expect(await code(phone.forget(WHO))).toBe('done')
})

test('a damaged one hides no other', async () => {
  const on = await lockBench()
  await on.work.forms.keep(form('井盖松了'))
  await on.work.forms.keep(form('路灯不亮', 'report/0301'))
  const meta = on.installation.disks.get(WHO)!.tables.get('meta')!
  const row = meta.get('"form:report/0203"') as { box: Uint8Array }
  meta.set('"form:report/0203"', { ...row, box: row.box.slice(0, -1) } as never)
  expect((await on.work.forms.all()).map((one) => one.form)).toEqual(['report/0301'])
})
