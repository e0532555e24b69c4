/** Who changed a record, newest first. An online question: the phone keeps no history. */
import { NoAnswer, type Http } from '../core/ports'
import { isObject } from '../core/sync/faults'
import { WorkspaceProblem, type Value } from './workspace'

export interface HistoryItem {
  ver: number
  /** Server time, RFC 3339. */
  at: string
  at_device: string | null
  by: { id: string; name?: string } | null
  source: string
  op: string
  set: Record<string, { from: Value; to: Value }>
}

export interface HistoryPage {
  items: HistoryItem[]
  /** Give it as `after` for the page before this one in time; null at the beginning of the record. */
  next: string | null
}

/** Problems: offline (no answer, or not ours), unknown_record (not here any more, or not for this person). */
export async function readHistory(http: Http, record: string, after?: string): Promise<HistoryPage> {
  const query = after === undefined ? '' : `?after=${encodeURIComponent(after)}`
  const answer = await http
    .send({ method: 'GET', path: `/records/${record}/history${query}`, auth: { cookie: true } })
    .catch((fault: unknown) => {
      if (fault instanceof NoAnswer) throw new WorkspaceProblem('offline')
      throw fault
    })
  const { body } = answer
  if (answer.status === 200 && isObject(body) && Array.isArray(body.items))
    return { items: body.items as HistoryItem[], next: typeof body.next === 'string' ? body.next : null }
  if (answer.status === 403 || answer.status === 404) throw new WorkspaceProblem('unknown_record')
  throw new WorkspaceProblem(answer.status === 401 ? 'login' : 'offline')
}
