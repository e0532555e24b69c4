/** What went wrong, in one sentence. */
import { Fault } from './api'
import { officeWordsFor, w } from './words'

export function faultWords(fault: unknown): string {
  const code = fault instanceof Fault ? fault.code : ''
  const seconds = Math.ceil((fault instanceof Fault ? (fault.retryAfter ?? 0) : 0) / 1000)
  return officeWordsFor('fault', code, { seconds }) ?? w('fault.other')
}
