/** The PIN: what it opens, when it needs the server, what ten wrong ones leave. */
import { describe, expect, test } from 'vitest'
import { pinCrypto } from '@/adapters/pin'
import { httpOver } from '@/adapters/http'
import { memoryPhone } from '@/services/headless'
import type { Boxes } from '@/core/ports'
import { GRID, uuid, type phoneOf } from '../sync/script'
import { arrived, again, code, H, lockBench, PIN, typed, WHO, type Locked } from './bench'

const HOUR = 3_600_000

async function guarded(): Promise<Locked> {
  const on = await lockBench()
  await on.work.setPin(PIN)
  return on
}

describe('a store with a PIN', () => {
  test('is locked after a restart, and opens without a network', async () => {
    const on = await guarded()
    on.script.offline = true
    const phone = again(on)
    expect(await code(phone.open(WHO))).toBe('locked')
    const work = await phone.unlock(WHO, PIN)
    expect((await work.view(H))?.data.contact_person).toBe('张三')
    expect(await work.guard.state()).toBe('set')
  })

  test('tells how many tries are left, over restarts, and forgets them after the right one', async () => {
    const on = await guarded()
    for (let wrong = 1; wrong <= 3; wrong++) {
      await expect(again(on).unlock(WHO, '000000')).rejects.toMatchObject({ code: 'wrong_pin', params: { left: 10 - wrong } })
    }
    expect((await again(on).users())[0].door).toEqual({ is: 'locked', left: 7, lease: 'running' })
    await (await again(on).unlock(WHO, PIN)).close()
    expect((await again(on).users())[0].door).toMatchObject({ left: 10 })
  })

  test('counts a try before it is made: an app killed while it tries has used it up', async () => {
    const on = await guarded()
    const used = async (kill: number): Promise<number> => {
      const phone = again(on)
      on.installation.left = kill
      await code(phone.unlock(WHO, '000000'))
      const { door } = (await again(on).users())[0]
      return door.is === 'locked' ? door.left : 0
    }
    let left = 10
    for (let kill = 1; left > 4 && kill < 60; kill++) {
      const now = await used(kill)
      expect(now).toBeLessThanOrEqual(left)
      left = now
    }
    expect(left).toBeLessThanOrEqual(4)
  })

  test('is changed with the old PIN only, and wrong old ones count', async () => {
    const on = await guarded()
    await expect(on.work.guard.change('000000', '271828')).rejects.toMatchObject({ code: 'wrong_pin', params: { left: 9 } })
    await on.work.guard.change(PIN, '271828')
    expect(await code(again(on).unlock(WHO, PIN))).toBe('wrong_pin')
    expect(await code(again(on).unlock(WHO, '271828'))).toBe('done')
    expect(await code(on.work.guard.change('271828', '12345'))).toBe('bad_pin')
  })

  test('leaves no block of names and addresses under the key that a locked phone keeps', async () => {
    const on = await lockBench()
    const keep = async (): Promise<void> => on.work.blocks.keep(1, await on.work.blocks.stamps(), () => ['张三'])
    const blocks = (): string[] => [...on.installation.disks.get(WHO)!.tables.get('meta')!.keys()].filter((key) => key.includes('block:'))
    await keep()
    expect(blocks()).toHaveLength(1)
    await on.work.setPin(PIN)
    await on.work.guard.settled()
    expect(blocks()).toEqual([])
    await keep()
    const key = `block:${GRID}`
    const row = on.installation.disks.get(WHO)!.tables.get('meta')!.get(`"${key}"`) as { box: Uint8Array }
    await expect((on.work.guard as unknown as { ring: { own: Boxes } }).ring.own.open(key, row.box)).rejects.toThrow()
  })

  test('a tab that still runs keeps the lease going by each contact', async () => {
    const on = await guarded()
    on.clock.advance(60 * HOUR)
    await on.work.sync()
    on.clock.advance(60 * HOUR)
    on.script.offline = true
    expect(await code(again(on).unlock(WHO, PIN))).toBe('done')
  })
})

describe('when the offline lease is over', () => {
  test('the share is off the phone, and the PIN alone opens nothing', async () => {
    const on = await guarded()
    on.clock.advance(73 * HOUR)
    on.script.offline = true
    const phone = again(on)
    expect((await phone.users())[0].door).toEqual({ is: 'locked', left: 10, lease: 'over' })
    expect((await on.installation.lock(WHO))?.share).toBeNull()
    expect(await code(phone.unlock(WHO, PIN))).toBe('lease_over')
    expect((await phone.users())[0].door).toMatchObject({ left: 10 }) // not a wrong PIN
  })

  test('one contact opens it and begins the next lease', async () => {
    const on = await guarded()
    on.clock.advance(73 * HOUR)
    await (await again(on).unlock(WHO, PIN)).close()
    on.script.offline = true
    on.clock.advance(71 * HOUR)
    expect(await code(again(on).unlock(WHO, PIN))).toBe('done')
  })

  test('a clock set back does not lengthen it', async () => {
    const on = await guarded()
    on.clock.advance(70 * HOUR)
    await (await again(on).unlock(WHO, PIN)).close()
    on.clock.advance(-60 * HOUR)
    on.script.offline = true
    expect(await code(again(on).unlock(WHO, PIN))).toBe('lease_over')
  })

  test('without a session it says so, and a revoked phone gets nothing', async () => {
    const on = await guarded()
    on.clock.advance(73 * HOUR)
    on.script.ended = true
    expect(await code(again(on).unlock(WHO, PIN))).toBe('login')
  })

  test('another share than the one the PIN was set with is no wrong PIN', async () => {
    const on = await guarded()
    on.clock.advance(73 * HOUR)
    on.script.share = 'a server that was put back made another share for it'
    expect(await code(again(on).unlock(WHO, PIN))).toBe('share_changed')
    expect((await on.phone.users())[0].door).toMatchObject({ left: 10 })
  })
})

describe('ten wrong PINs', () => {
  async function tenWrong(on: Locked): Promise<void> {
    const phone = again(on)
    for (let wrong = 1; wrong <= 9; wrong++) expect(await code(phone.unlock(WHO, '000000'))).toBe('wrong_pin')
    expect(await code(phone.unlock(WHO, '000000'))).toBe('key_dropped')
  }

  test('take the key and the rows, and not one unsent change', async () => {
    const on = await guarded()
    on.script.offline = true
    const changes = await typed(on)
    await tenWrong(on)
    const tables = on.installation.disks.get(WHO)!.tables
    expect([tables.get('base')!.size, tables.get('journal')!.size, tables.get('memberships')!.size]).toEqual([0, 0, 0])
    expect([...tables.get('outbox')!.values()].map((row) => [row.id, row.opaque, (row.box as Uint8Array).length])).toEqual(
      changes.map((id) => [id, 1, 0]),
    )
    expect(await code(again(on).unlock(WHO, PIN))).toBe('key_dropped') // the right one comes too late
    expect(await code(on.phone.open(WHO))).toBe('key_dropped')
    on.script.offline = false
    await on.phone.handInLocked()
    expect(arrived(on)).toEqual(['只在本机', '13800000001', 'met'])
  })

  test('end the session in this browser too: whoever tried gets in by nothing but the password', async () => {
    const on = await guarded()
    await tenWrong(on)
    expect(on.script.ended).toBe(true)
    expect(await code(on.phone.login('worker1', 'guessed'))).toBe('bad_credentials')
  })

  test('after the login everything goes on: a new PIN, rows anew, verdicts by replay', async () => {
    const on = await guarded()
    on.script.offline = true
    await typed(on)
    await tenWrong(on)
    on.script.offline = false
    await on.phone.handInLocked() // locked, it handed in; the verdicts come later
    const work = await on.phone.login('worker1', 'secret')
    expect(await work.guard.state()).toBe('first')
    expect((await work.sync()).outcome).toBe('login') // nothing comes before there is a PIN
    expect((await work.outboxItems()).map((item) => [item.op, item.type, item.undoable])).toEqual([
      ['update', 'household', false], ['update', 'household', false], ['create', 'visit', false],
    ])
    await work.setPin('271828')
    expect((await work.sync()).outcome).toBe('complete')
    expect((await work.view(H))?.data).toMatchObject({ note: '只在本机', contact_phone: '13800000001' })
    expect((await work.journalItems()).map((item) => item.state)).toEqual(['sent', 'sent', 'sent'])
    expect(on.script.ledger.size).toBe(3)
    expect((await work.list('visit')).length).toBe(1)
    on.script.offline = true
    expect(await code(again(on).unlock(WHO, '271828'))).toBe('done')
  })

  test('a server that goes back later gets the sealed copy again', async () => {
    const on = await guarded()
    on.script.offline = true
    await typed(on)
    await tenWrong(on)
    on.script.offline = false
    const work = await on.phone.login('worker1', 'secret')
    await work.setPin(PIN)
    await work.sync()
    on.script.ledger.clear()
    on.script.timeline = 't2'
    await work.sync()
    expect(arrived(on)).toEqual(['只在本机', '13800000001', 'met'])
  })
})

describe('a PIN that is taken off', () => {
  test('is asked for once more, and then for nothing: every row and all that is unsent is there, and arrives', async () => {
    const on = await guarded()
    on.script.offline = true
    await typed(on)
    await expect(on.work.removePin('000000')).rejects.toMatchObject({ code: 'wrong_pin', params: { left: 9 } })
    await on.work.removePin(PIN)
    expect([await on.work.guard.state(), (await again(on).users())[0].door]).toEqual(['none', { is: 'open' }])
    const work = await on.phone.open(WHO)
    expect((await work.view(H))?.data).toMatchObject({ contact_person: '张三', note: '只在本机' })
    await work.update((await work.view(H))!, { note: '没有 PIN 了' })
    on.script.offline = false
    expect((await work.sync()).outcome).toBe('complete')
    expect([await work.outboxItems(), on.script.ledger.size]).toEqual([[], 4])
    on.clock.advance(100 * HOUR) // no lease binds it any more
    on.script.offline = true
    expect((await (await again(on).open(WHO)).view(H))?.data.note).toBe('没有 PIN 了')
    const lock = await on.installation.lock(WHO)
    expect([lock?.wrapped, lock?.share]).toEqual([null, null])
  })

  test('may be set again, another one: it covers all rows, also those of the first', async () => {
    const on = await guarded()
    on.script.put(GRID, 'visit', uuid(70), { household: H, result: 'met' })
    await on.work.sync()
    await on.work.removePin(PIN)
    await on.work.setPin('271828')
    await on.work.guard.settled()
    const { boxes: own } = await on.installation.open(WHO)
    const former = await pinCrypto.boxes(await own.openBytes('lock:former', (await on.installation.lock(WHO))!.former!))
    for (const row of on.installation.disks.get(WHO)!.tables.get('base')!.values())
      for (const boxes of [own, former]) await expect(boxes.open(`base:${row.id}`, row.box as Uint8Array)).rejects.toThrow()
    on.script.offline = true
    expect(await code(again(on).unlock(WHO, PIN))).toBe('wrong_pin')
    const work = await on.phone.unlock(WHO, '271828')
    expect([(await work.view(H))?.data.contact_person, (await work.view(uuid(70)))?.data.result]).toEqual(['张三', 'met'])
  })

  test('another tab that has not heard of it loses nothing of what it writes', async () => {
    const on = await guarded()
    const other = await on.phone.unlock(WHO, PIN)
    await on.work.removePin(PIN)
    await other.update((await other.view(H))!, { note: '另一页写的' })
    expect((await (await again(on).open(WHO)).view(H))?.data.note).toBe('另一页写的')
  })

  test('stays where the server asks for one', async () => {
    const on = await lockBench((script) => (script.required = true))
    await on.work.setPin(PIN)
    expect([await on.work.guard.removable(), await code(on.work.removePin(PIN))]).toEqual([false, 'pin_required'])
    expect((await again(on).users())[0].door).toMatchObject({ is: 'locked', left: 10 })
  })

  test('wrong ones count, and the tenth takes the key, not the unsent work', async () => {
    const on = await guarded()
    on.script.offline = true
    await typed(on)
    for (let wrong = 1; wrong <= 9; wrong++) expect(await code(on.work.removePin('000000'))).toBe('wrong_pin')
    expect(await code(on.work.removePin('000000'))).toBe('key_dropped')
    on.script.offline = false
    await again(on).handInLocked()
    expect(arrived(on)).toEqual(['只在本机', '13800000001', 'met'])
  })
})

describe('a forgotten PIN', () => {
  test('is a login with the password; a wrong password takes nothing away', async () => {
    const on = await guarded()
    on.script.offline = true
    await typed(on)
    on.script.offline = false
    const phone = again(on)
    expect(await code(phone.loginAnew('worker1', 'guessed'))).toBe('bad_credentials')
    expect((await phone.users())[0].door).toMatchObject({ is: 'locked', left: 10 })
    const work = await phone.loginAnew('worker1', 'secret')
    await work.setPin('271828')
    await work.sync()
    expect(arrived(on)).toEqual(['只在本机', '13800000001', 'met'])
  })
})

describe('where the server asks for a PIN', () => {
  test('a new store gets one before its first row', async () => {
    const on = await lockBench((script) => (script.required = true))
    expect(await on.work.guard.state()).toBe('first')
    expect(on.installation.disks.get(WHO)!.tables.get('base')!.size).toBe(0)
    expect(await (await again(on).open(WHO)).guard.state()).toBe('first') // a reload asks again
    const work = await on.phone.open(WHO)
    await work.setPin(PIN)
    await work.sync()
    expect((await on.installation.lock(WHO))?.resealing).toBe(0) // nothing ever lay under another key
    expect(on.installation.disks.get(WHO)!.tables.get('base')!.size).toBe(1)
  })

  test('a store that has rows goes on working, and is asked', async () => {
    const on = await lockBench()
    on.script.required = true
    on.script.hello = { lock: { pin_required: true, lease_hours: 1 } }
    await on.work.sync()
    expect([await on.work.guard.state(), (await on.work.view(H))?.live]).toEqual(['wanted', true])
  })
})

describe('locked', () => {
  test('the phone hands in, sealed, in order, once, and brings nothing in', async () => {
    const on = await guarded()
    on.script.offline = true
    await typed(on)
    on.script.offline = false
    const phone = again(on)
    on.script.calls.length = 0
    await phone.handInLocked()
    await phone.handInLocked()
    expect(on.script.paths()).toEqual(['/sync/hello', '/sync/push', '/sync/hello'])
    const [push] = on.script.calls.filter((call) => call.path === '/sync/push')
    expect([push.auth, push.body.timeline]).toEqual(['Bearer drain-1', null])
    expect((push.body.changes as object[]).map((one) => Object.keys(one).sort().join())).toEqual([
      'box,id,key,n', 'box,group,id,key,n', 'box,group,id,key,n',
    ])
    expect(JSON.stringify(push.body)).not.toContain('13800000001')
    expect(arrived(on)).toEqual(['只在本机', '13800000001', 'met'])
    const work = await phone.unlock(WHO, PIN)
    await work.sync()
    expect([await work.outboxItems(), on.script.ledger.size]).toEqual([[], 3])
  })

  test('a change the server cannot take as a request delays no other', async () => {
    const on = await guarded()
    on.script.offline = true
    await typed(on)
    on.script.offline = false
    const { problem } = await import('../sync/script')
    on.script.handlers.push((call) => {
      const ids = call.path === '/sync/push' ? (call.body.changes as { n: number }[]).map((one) => one.n) : []
      return ids.includes(1) ? problem(400, 'bad_request') : undefined
    })
    await again(on).handInLocked()
    expect(arrived(on)).toEqual(['13800000001', 'met'])
  })

  test('a revoked phone hands in, empties itself and says so, without being unlocked', async () => {
    const on = await guarded()
    on.script.offline = true
    await typed(on)
    on.script.offline = false
    on.script.hello = { actions: ['wipe'] }
    const phone = again(on)
    await phone.handInLocked()
    expect(arrived(on)).toEqual(['只在本机', '13800000001', 'met'])
    const tables = on.installation.disks.get(WHO)!.tables
    expect(['base', 'outbox', 'journal', 'cursors'].map((name) => tables.get(name as 'base')!.size)).toEqual([0, 0, 0, 0])
    expect((await on.installation.lock(WHO))?.wrapped).toBeNull()
    const receipt = on.script.calls.filter((call) => call.path === '/sync/hello').pop()
    expect((receipt?.body.reports as { kind: string }[]).map((one) => one.kind)).toEqual(['wiped'])
  })
})

describe('what lies outside the store', () => {
  const shared = () => {
    let cleared = 0
    const phoneOn: typeof phoneOf = (script, clock, installation) => {
      const http = httpOver({ origin: '', fetch: script.fetch, timeout: 5_000, silence: 5_000, gzip: false })
      return memoryPhone({ http, clock, installation, clearOutside: async () => void (cleared += 1) })
    }
    return { phoneOn, times: () => cleared }
  }

  test('goes with a revoked phone, before its receipt, locked or not', async () => {
    for (const locked of [false, true]) {
      const { phoneOn, times } = shared()
      const on = await lockBench(undefined, phoneOn)
      if (locked) await on.work.setPin(PIN)
      on.script.hello = { actions: ['wipe'] }
      on.script.handlers.push((call) => {
        if (call.body?.reports) expect(times()).toBe(1)
        return undefined
      })
      await (locked ? again(on).handInLocked() : on.work.sync())
      expect(times()).toBe(1)
    }
  })

  test('goes with a store that is forgotten, and so does its session; one with unsent work is not forgotten', async () => {
    const { phoneOn, times } = shared()
    const on = await lockBench(undefined, phoneOn)
    on.script.offline = true
    await typed(on)
    expect([await code(on.phone.forget(WHO)), times(), on.script.ended]).toEqual(['unsent_work', 0, false])
    on.script.offline = false
    await on.work.sync()
    await on.work.close()
    expect([await code(on.phone.forget(WHO)), times(), on.script.ended]).toEqual(['done', 1, true])
  })
})
