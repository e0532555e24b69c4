/** One sync loop per store: Web Locks across tabs, a set of names where there are none (one process). */
import type { Locks } from '../core/ports'

/** Locks within one process: tests, the headless client, browsers without Web Locks. */
export function processLocks(): Locks {
  const held = new Set<string>()
  return {
    async hold(name, work) {
      if (held.has(name)) return 'busy'
      held.add(name)
      try {
        return await work()
      } finally {
        held.delete(name)
      }
    },
  }
}

export function webLocks(manager: LockManager | undefined): Locks {
  if (!manager) return processLocks()
  return {
    hold: (name, work) =>
      manager.request(name, { ifAvailable: true }, async (lock) => (lock ? work() : 'busy')) as Promise<
        Awaited<ReturnType<typeof work>> | 'busy'
      >,
  }
}
