/** One line at the bottom after each write: what was kept, and a way back instead of a question before. */
import { shallowReactive } from 'vue'
import { WorkspaceProblem, type Written } from '@/services/workspace'
import { t } from '@/ui/shared/i18n'
import { problemInWords } from '@/ui/shared/verdicts'
import { titleOf } from './changes'
import { useSession } from './session'

/** As long as a write waits before it is sent (services/syncing.ts): after that there is nothing to take back. */
const SHOWN_MS = 6_000

export const snackbar = shallowReactive<{ text: string; undo: (() => Promise<void>) | null }>({ text: '', undo: null })
let timer = 0

export function say(text: string, undo: (() => Promise<void>) | null = null): void {
  window.clearTimeout(timer)
  Object.assign(snackbar, { text, undo })
  timer = window.setTimeout(hush, SHOWN_MS)
}

export function hush(): void {
  Object.assign(snackbar, { text: '', undo: null })
}

/**
 * "Saved on this phone", with undo as long as the change was never offered to the server. `back`: what was typed is
 * unsaved again when it is taken back.
 */
export function saved(written: Written | Written[], text = t('saved.here'), back = (): void => undefined): void {
  const first = Array.isArray(written) ? written[0] : written
  say(text, first ? () => takeBack(first.change, back) : null)
}

/** `saved`, which names the record as soon as its name is read: the line stays when another page comes. */
export function savedRecord(written: Written | Written[], id: string, back?: () => void): void {
  saved(written, undefined, back)
  void nameShown(id, snackbar.undo)
}

async function nameShown(id: string, undo: typeof snackbar.undo): Promise<void> {
  const work = useSession().work
  const view = await work?.view(id).catch(() => null) // locked meanwhile: it is saved all the same
  const name = work && view ? await titleOf(work, view).catch(() => '') : ''
  if (name && snackbar.undo === undo) snackbar.text = t('saved.named', { name })
}

async function takeBack(change: string, back: () => void): Promise<void> {
  try {
    await useSession().work?.undo(change)
    back()
    say(t('saved.undone'))
  } catch (problem) {
    say(problemInWords(problem))
  }
}

/** Runs a write; what goes wrong is told in words and gives null. */
export async function attempt<T>(write: () => Promise<T>): Promise<T | null> {
  try {
    return await write()
  } catch (problem) {
    if (!(problem instanceof WorkspaceProblem)) console.error(problem)
    say(problemInWords(problem))
    return null
  }
}
