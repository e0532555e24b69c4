/** What became of a change, and what went wrong, in short sentences: first the fact, then what to do. */
import type { ChangeItem, ItemState } from '@/services/workspace'
import { t, wordsFor, type Params } from './i18n'

/** Colour of a state: `waits` for somebody, `urgent` needs this person, none for done. */
export function toneOf(state: ItemState): '' | 'waits' | 'urgent' {
  if (state === 'quarantined') return 'urgent'
  return state === 'conflict' || state === 'parked' || state === 'unsent' ? 'waits' : ''
}

function stateInWords(state: ItemState): string {
  return wordsFor('state', state) ?? state
}

/** The office's decision counts over the first verdict. */
export function outcomeInWords(item: Pick<ChangeItem, 'state' | 'reason'>): string {
  return item.reason?.startsWith('settled_') ? t('state.settled') : stateInWords(item.state)
}

/** The sentence that says why; empty where the state says it all. */
export function reasonInWords(item: Pick<ChangeItem, 'state' | 'reason' | 'message'>): string {
  if (!item.reason) return ''
  const params = paramsOf(item.message)
  return (
    wordsFor(`reason.${item.state}`, item.reason, params) ??
    wordsFor('reason', item.reason, params) ??
    t('reason.unknown', { code: item.reason })
  )
}

/** A refusal of the workspace. */
export function problemInWords(problem: unknown): string {
  const { code, params } = problem as { code?: string; params?: Params }
  return (code && wordsFor('problem', code, params)) || t('problem.unknown')
}

function paramsOf(message: unknown): Params {
  if (typeof message !== 'object' || message === null) return {}
  return Object.fromEntries(Object.entries(message).map(([name, value]) => [name, String(value)]))
}
