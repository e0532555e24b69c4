/** What the map is drawn on: at once what this phone knows, then what the server says. */
import { onScopeDispose, shallowRef } from 'vue'
import { knownGround, readGround, type Ground } from '@/services/tiles'

export function useGround() {
  const ground = shallowRef<Ground | null>(null)
  let over = false
  onScopeDispose(() => (over = true))

  /** Reads again. */
  async function refresh(): Promise<void> {
    if (!ground.value) ground.value = await knownGround()
    const next = await readGround()
    if (!over) ground.value = next
  }
  void refresh()
  return { ground, refresh }
}

/** Changes where the map has to be drawn anew on another ground. */
export function keyOf({ tiles, kept }: Ground): string {
  return JSON.stringify([tiles, kept?.tag, kept?.at])
}
