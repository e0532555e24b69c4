/** How and when a household would like to be visited; what goes without saying is left out. */
import type { Value } from '@/services/workspace'

const USUAL = ['visit', 'any']

/** `label` gives the words of a code of the household's field. */
export function wishesInWords(label: (field: string, code: Value) => string, wished: Record<string, Value | undefined>): string {
  const said = Object.entries(wished).filter(([, code]) => code && !USUAL.includes(String(code)))
  return said.map(([field, code]) => label(field, code!)).filter(Boolean).join(' · ')
}
