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

type Told = Pick<ChangeItem, 'state' | 'reason' | 'message'> & { action?: string | null }

/**
 * The sentence that says why; empty where the state says it all. A step that met a changed state is told by what
 * was done and what it met; `labelOf` names a state.
 */
export function reasonInWords(item: Told, labelOf: (state: string) => string = (state) => state): string {
  if (!item.reason) return ''
  const params = paramsOf(item.message)
  return (
    metInWords(item, params, labelOf) ??
    wordsFor(`reason.${item.state}`, item.reason, params) ??
    wordsFor('reason', item.reason, params) ??
    t('reason.unknown', { code: item.reason })
  )
}

/** The server's code about the very case comes first, then the step that was kept as words or as evidence. */
function metInWords(item: Told, params: Params, labelOf: (state: string) => string): string | null {
  const met = params.code ? wordsFor('met', String(params.code), { ...params, state: labelOf(String(params.state ?? '')) }) : null
  return met ?? (item.action ? wordsFor(`kept.${item.reason}`, item.action) : null)
}

/** A refusal of the workspace. */
export function problemInWords(problem: unknown): string {
  const { code, params } = problem as { code?: string; params?: Params }
  if (code === 'wrong_pin' && params?.left === 1) return t('problem.last_pin')
  return (code && wordsFor('problem', code, params)) || t('problem.unknown')
}

function paramsOf(message: unknown): Params {
  if (typeof message !== 'object' || message === null) return {}
  return Object.fromEntries(Object.entries(message).map(([name, value]) => [name, String(value)]))
}
