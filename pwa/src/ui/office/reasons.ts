/** Why a change waits, and what can be done about it. */
import type { Parked } from './types'
import { officeWordsFor, w } from './words'

/** `field`: name of the field that the reason speaks of, where it speaks of one. */
export function reasonWords(item: Parked, field: string): { why: string; next: string } {
  const reason = item.reason ?? ''
  const exact = officeWordsFor('why', `${reason}.${item.message?.code ?? ''}`, { field })
  return { why: exact ?? officeWordsFor('why', reason, { field }) ?? w('why.other'), next: officeWordsFor('next', reason) ?? w('next.other') }
}
