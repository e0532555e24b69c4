/** Keeps the screen on, as far as the browser can, until told otherwise. */

/** Calling the answer lets the screen sleep again. The lock falls with the page's visibility and is taken anew. */
export function keepAwake(page: Document = document, lock: WakeLock | undefined = globalThis.navigator?.wakeLock): () => void {
  let held: WakeLockSentinel | null = null
  let over = false
  const take = async (): Promise<void> => {
    if (over || page.visibilityState !== 'visible') return
    held = (await lock?.request('screen').catch(() => null)) ?? null
    if (over) await held?.release()
  }
  page.addEventListener('visibilitychange', take)
  void take()
  return () => {
    over = true
    page.removeEventListener('visibilitychange', take)
    void held?.release()
  }
}
