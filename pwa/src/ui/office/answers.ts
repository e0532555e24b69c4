/** What the server says to a settlement, in words, where it is anything but "done". */
import { moment } from '@/ui/shared/when'
import { readItem, type SettlingChange } from './api'
import type { Kind, Verdict } from './types'
import { officeWordsFor, w } from './words'

export interface Notice {
  /** Id of the item it is about, and where it is found now. */
  item: string
  kind: Kind
  title: string
  text: string
}

interface About {
  change: SettlingChange
  kind: Kind
  title: string
}

/** No notice when it took effect; else one sentence: what was decided meanwhile, or why it did not work. */
export async function answers(about: About, verdict: Verdict): Promise<Notice[]> {
  if (verdict.status === 'applied' || verdict.status === 'merged') return (verdict.conflicts ?? []).map((id) => broughtConflict(about, id))
  const text = verdict.reason === 'already_resolved' ? await decidedBefore(about) : inWords(verdict)
  return [{ item: about.change.record, kind: about.kind, title: about.title, text }]
}

/** A change that was let in may itself meet another value. */
const broughtConflict = (about: About, id: string): Notice => ({ item: id, kind: 'conflict', title: about.title, text: w('answer.became_conflict') })

async function decidedBefore(about: About): Promise<string> {
  const item = await readItem({ id: about.change.record, kind: about.kind }).catch(() => null)
  if (!item || item.kind === 'incident' || !item.settled) return w('answer.already_resolved_unknown')
  const { by, at, choose } = item.settled
  const chosen = officeWordsFor('chosen', choose) ?? choose
  return w('answer.already_resolved', { who: by?.name ?? w('person.system'), when: moment(at), chosen })
}

function inWords(verdict: Verdict): string {
  if (verdict.status === 'conflict')
    return w(verdict.message?.code === 'has_children' ? 'answer.has_children' : 'answer.moved_on')
  const reason = officeWordsFor('reason', verdict.reason ?? '')
  return reason ? w('answer.refused', { reason }) : w('answer.refused_unknown')
}
