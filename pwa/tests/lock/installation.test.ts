/** Where locks and keys lie: the same promises in a browser's database and in memory. */
import 'fake-indexeddb/auto'
import { describe, expect, test } from 'vitest'
import { BrowserInstallation } from '@/adapters/installation'
import { pinCrypto } from '@/adapters/pin'
import type { LockRow } from '@/core/lock'
import type { Installation } from '@/core/ports'
import { MemoryInstallation } from '@/services/headless'

const row = (id: string): LockRow => ({
  id,
  salt: new Uint8Array([1, 2]),
  rounds: 9,
  wrapped: new Uint8Array([3]),
  share: null,
  share_id: 'x',
  lease_until: 5,
  seen: 4,
  wrong: 0,
  resealing: 0,
})

describe.each<[string, () => Installation]>([
  ['a browser', () => new BrowserInstallation()],
  ['memory', () => new MemoryInstallation()],
])('the locks of %s', (kind, make) => {
  test('are changed with what stands there, by one at a time', async () => {
    const [on, user] = [make(), `${kind}-1`]
    expect(await on.lock(user)).toBeNull()
    await on.keepLock(user, (before) => before ?? row(user))
    await Promise.all(Array.from({ length: 7 }, () => on.keepLock(user, (one) => one && { ...one, wrong: one.wrong + 1 })))
    expect(await on.lock(user)).toEqual({ ...row(user), wrong: 7 })
    await on.keepLock(user, () => null)
    expect(await on.lock(user)).toBeNull()
  })

  test('a change that fails leaves what stood there', async () => {
    const [on, user] = [make(), `${kind}-2`]
    await on.keepLock(user, () => row(user))
    const failing = on.keepLock(user, () => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await on.lock(user)).toEqual(row(user))
  })

  test('go with their user', async () => {
    const [on, user] = [make(), `${kind}-3`]
    await (await on.open(user)).store.close()
    await on.keepLock(user, () => row(user))
    await on.remove(user)
    expect(await on.lock(user)).toBeNull()
  })
})

describe("a browser's own key that is replaced", () => {
  test('opens nothing any more but what was kept again, and both open until that is done', async () => {
    const on = new BrowserInstallation()
    const { boxes } = await on.open('replaced')
    const old = await boxes.seal('meta:a', 'before')
    let kept = new Uint8Array()
    await on.replaceKey('replaced', async () => {
      expect(await boxes.open('meta:a', old)).toBe('before') // killed here, the next start reads it
      expect(await (await new BrowserInstallation().open('replaced')).boxes.open('meta:a', old)).toBe('before')
      kept = new Uint8Array(await boxes.seal('meta:a', 'after'))
    })
    await expect(boxes.open('meta:a', old)).rejects.toThrow()
    const { boxes: later } = await new BrowserInstallation().open('replaced')
    await expect(later.open('meta:a', old)).rejects.toThrow()
    expect(await later.open('meta:a', kept)).toBe('after')
  })
})

describe('a key under PIN and share', () => {
  const salt = new Uint8Array(16)
  const key = Uint8Array.from({ length: 32 }, (_, at) => at)

  test('is opened by both together and by neither alone', async () => {
    const wrapped = await pinCrypto.wrap(key, '314159', 'share', salt, 1_000)
    const tries = [['314159', 'share', 1_000], ['314159', 'other', 1_000], ['271828', 'share', 1_000], ['314159', 'share', 999]] as const
    const opened = await Promise.all(tries.map(([pin, share, rounds]) => pinCrypto.unwrap(wrapped, pin, share, salt, rounds)))
    expect(opened).toEqual([key, null, null, null])
  })
})
