/** How full this phone's storage is, and whether the browser promised to keep what is in it. */
export interface StorageNow {
  persisted: boolean
  /** Bytes used by this app, and bytes it may use. */
  usage: number
  quota: number
}

/** null where the browser does not say. */
export async function storageNow(): Promise<StorageNow | null> {
  if (!navigator.storage?.estimate) return null
  const { usage = 0, quota = 0 } = await navigator.storage.estimate()
  return { persisted: (await navigator.storage.persisted?.()) ?? false, usage, quota }
}

/** `820 B`, `3.4 kB`, `12 MB`, `1.2 GB`. */
export function sizeInWords(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  let [size, at] = [bytes, 0]
  while (size >= 1000 && at < units.length - 1) [size, at] = [size / 1000, at + 1]
  return `${at && size < 10 ? size.toFixed(1) : Math.round(size)} ${units[at]}`
}
