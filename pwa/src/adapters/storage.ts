/** What the browser promises about its storage, and asking it to keep what is here. */
import type { StorageProbe } from '../core/ports'

export function persistence(manager: StorageManager | undefined): StorageProbe {
  return async () => {
    if (!manager?.estimate) return null
    // asked again each time: browsers grant it once the app is installed or used often
    const persisted = (await manager.persist?.().catch(() => false)) ?? false
    const { usage = 0, quota = 0 } = await manager.estimate()
    return { persisted, usage, quota }
  }
}
