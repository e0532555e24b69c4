/** A person's own phrases for visits: sealed in this store, never sent. */
import { readMeta, writeMeta, type Ground } from '../core/sync/state'

export const readPhrases = async (ground: Ground): Promise<string[]> => (await readMeta(ground, 'phrases')) ?? []
export const keepPhrases = (ground: Ground, phrases: string[]): Promise<void> => writeMeta(ground, 'phrases', phrases)
