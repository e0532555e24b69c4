/** The app is killed at every step of every change of the lock: nothing typed is lost, nothing is locked out. */
import { describe, expect, test } from 'vitest'
import type { Workspace } from '@/services/workspace'
import { GRID, uuid } from '../sync/script'
import { again, arrived, code, H, lockBench, PIN, typed, WHO, type Locked } from './bench'

const ALL = ['只在本机', '13800000001', 'met']
const NEW = '271828'

/** Opens with whichever of these PINs is the one, or without one. */
async function openAgain(on: Locked, ...pins: string[]): Promise<Workspace> {
  const phone = again(on)
  const found = await phone.open(WHO).catch(() => null)
  if (found) return found
  for (const pin of pins) {
    const work = await phone.unlock(WHO, pin).catch(() => null)
    if (work) return work
  }
  throw new Error(`none of ${pins.join()} opens it`)
}

/** Runs `deed` again and again on new phones, killed one step later each time, until it comes through. */
async function everyStep(
  prepare: () => Promise<Locked>,
  deed: (on: Locked) => Promise<unknown>,
  check: (on: Locked, kill: number) => Promise<void>,
): Promise<number> {
  for (let kill = 1; ; kill++) {
    const on = await prepare()
    on.script.offline = false
    on.installation.left = kill
    await code(deed(on))
    const through = on.installation.left !== null
    await check(on, kill)
    if (through) return kill
    expect(kill).toBeLessThan(400)
  }
}

/** `visits` besides the household: more than a page of the re-sealing holds, or none. */
async function withWork(visits = 0): Promise<Locked> {
  const on = await lockBench((script) => {
    for (let n = 100; n < 100 + visits; n++) script.put(GRID, 'visit', uuid(n), { household: H, result: 'met' })
  })
  on.script.offline = true
  await typed(on)
  return on
}

/** The same under a PIN, without a network again. */
async function pinned(): Promise<Locked> {
  const on = await withWork()
  on.script.offline = false
  await on.work.setPin(PIN)
  await on.work.guard.settled()
  on.script.offline = true
  return on
}

/** Everything is readable, and everything arrives exactly once. */
async function whole(on: Locked, work: Workspace, kill: number, visits = 0): Promise<void> {
  expect([kill, (await work.outboxItems()).map((item) => item.n)]).toEqual([kill, [1, 2, 3]])
  expect((await work.view(H))?.data).toMatchObject({ contact_person: '张三', note: '只在本机', contact_phone: '13800000001' })
  expect((await work.list('visit')).length).toBe(visits + 1)
  on.script.offline = false
  expect((await work.sync()).outcome).toBe('complete')
  expect(arrived(on)).toEqual(ALL)
  expect(on.script.ledger.size).toBe(3)
}

describe('killed at every step', { timeout: 60_000 }, () => {
  test('of setting a PIN over rows that had none, and of bringing them under it', async () => {
    const deed = async (on: Locked): Promise<void> => {
      await on.work.setPin(PIN)
      await on.work.guard.settled()
    }
    let unfinished = 0
    const steps = await everyStep(() => withWork(55), deed, async (on, kill) => {
      unfinished += (await on.installation.lock(WHO))?.resealing ?? 0
      const work = await openAgain(on, PIN)
      await work.guard.settled()
      await whole(on, work, kill, 55)
      await work.close()
      const row = await on.installation.lock(WHO)
      if (row) await allUnderIt(on)
    })
    expect([steps > 15, unfinished > 5]).toEqual([true, true])
  })

  test('of changing the PIN: the old one or the new one opens', async () => {
    await everyStep(pinned, (on) => on.work.guard.change(PIN, NEW), async (on, kill) => {
      await whole(on, await openAgain(on, NEW, PIN), kill)
    })
  })

  test('of taking the PIN off: with it or without it the phone opens', async () => {
    await everyStep(pinned, (on) => on.work.removePin(PIN), async (on, kill) => {
      await whole(on, await openAgain(on, PIN), kill)
    })
  })

  test('of the tenth wrong PIN: every change reaches the server', async () => {
    const prepare = async (): Promise<Locked> => {
      const on = await withWork()
      on.script.offline = false
      await on.work.setPin(PIN)
      await on.work.guard.settled()
      const phone = again(on)
      for (let wrong = 1; wrong <= 9; wrong++) await code(phone.unlock(WHO, '000000'))
      return on
    }
    const steps = await everyStep(prepare, (on) => on.phone.unlock(WHO, '000000'), async (on) => {
      await again(on).handInLocked()
      expect(arrived(on)).toEqual(ALL)
      const work = await on.phone.login('worker1', 'secret').catch(() => on.phone.unlock(WHO, PIN))
      if (work.guard.locked) await work.setPin(NEW)
      expect((await work.sync()).outcome).toBe('complete')
      expect([await work.outboxItems(), on.script.ledger.size]).toEqual([[], 3])
      expect((await work.list('visit')).length).toBe(1)
    })
    expect(steps).toBeGreaterThan(8)
  })

  test('of handing in while locked: once, however often it begins', async () => {
    const prepare = async (): Promise<Locked> => {
      const on = await withWork()
      on.script.offline = false
      await on.work.setPin(PIN)
      await on.work.close()
      again(on)
      return on
    }
    await everyStep(prepare, (on) => on.phone.handInLocked(), async (on) => {
      const phone = again(on)
      await phone.handInLocked()
      expect(arrived(on)).toEqual(ALL)
      const work = await phone.unlock(WHO, PIN)
      await work.sync()
      expect([await work.outboxItems(), on.script.ledger.size]).toEqual([[], 3])
    })
  })

  test('of emptying a revoked phone: handed in first, told at last', async () => {
    const prepare = async (): Promise<Locked> => {
      const on = await withWork()
      on.script.offline = false
      on.script.hello = { actions: ['wipe'] }
      return on
    }
    await everyStep(prepare, (on) => on.work.sync(), async (on) => {
      const work = await openAgain(on)
      await work.sync()
      await work.sync()
      expect(arrived(on)).toEqual(ALL)
      expect(on.installation.disks.get(WHO)!.tables.get('base')!.size).toBe(0)
      const said = on.script.calls.flatMap((call) => (call.body.reports as { kind: string }[] | undefined) ?? [])
      expect(said.map((one) => one.kind)).toContain('wiped')
    })
  })
})

/** No row opens with the phone's own key any more. */
async function allUnderIt(on: Locked): Promise<void> {
  const { boxes } = await on.installation.open(WHO)
  for (const table of ['base', 'outbox', 'journal'] as const)
    for (const row of on.installation.disks.get(WHO)!.tables.get(table)!.values())
      await expect(boxes.open(`${table}:${String(row.id)}`, row.box as Uint8Array)).rejects.toThrow()
}
