/** How an issue reads on a page. */
import type { ActionSpec, Catalog } from '@/core/catalog'
import { workflowOf } from '@/core/workflow'
import type { RecordView } from '@/services/workspace'
import { t } from '@/ui/shared/i18n'

const OVER = ['closed', 'evaluated', 'void', 'rejected', 'merged']
/** The way an issue usually goes; the steps shown as a line. */
export const WAY = ['submitted', 'accepted', 'dispatched', 'handled', 'closed'] as const
const PASSED: Record<string, number> = {
  draft: -1, submitted: 0, returned: 0, rejected: 0, void: 0, merged: 1, accepted: 1, filed: 1, dispatched: 2, handling: 2, on_hold: 2, handled: 3, closed: 4, evaluated: 4,
}

export function isOver(issue: RecordView): boolean {
  return OVER.includes(String(issue.data.state))
}

/** Also while it was not sent yet: until then the server has named no reporter. */
export function isReportedBy(issue: RecordView, user: string | undefined): boolean {
  return issue.rev === null || (!!user && issue.data.reporter === user)
}

/** Steps of `WAY` that are behind an issue: -1 none, 4 all. */
export function passed(issue: RecordView): number {
  return PASSED[String(issue.data.state)] ?? -1
}

export function placeInWords(issue: RecordView): string {
  if (issue.data.address_text) return String(issue.data.address_text)
  return issue.data.location ? t('issue.by_gps') : ''
}

/** What an action has to carry: names of its arguments; of alternatives (`unit|handler`) the first. */
export function argumentsOf(catalog: Catalog | null, action: string): string[] {
  const spec: ActionSpec | undefined = catalog ? workflowOf(catalog, 'issue')?.actions[action] : undefined
  return (spec?.args ?? []).map((name) => name.split('|')[0]!)
}

/** Most likely first; what is not named follows. */
const LIKELY = ['report_done', 'take', 'resubmit', 'verify_ok', 'verify_fail', 'self_handle', 'escalate', 'reopen', 'appeal', 'hold', 'void']

/** Steps that bring an issue nearer to its end. */
export const ONWARD = ['report_done', 'take', 'resubmit', 'verify_ok']

export function byLikelihood(actions: string[]): string[] {
  const rank = (action: string): number => (LIKELY.includes(action) ? LIKELY.indexOf(action) : LIKELY.length)
  return [...actions].sort((a, b) => rank(a) - rank(b))
}
