/** A photo from the server, or why it cannot be shown. */
import { NoAnswer, type Http } from '../core/ports'
import { codeOf } from '../core/sync/faults'
import type { Look, LookProblem } from './photos'

const PROBLEMS: Record<string, LookProblem> = {
  awaited: 'awaited',
  photo_refused: 'refused',
  photo_missing: 'missing',
  not_found: 'not_found',
}

export async function lookAtServer(http: Http, id: string, size: 'thumb' | 'screen'): Promise<Look> {
  const answer = await http.bytes({ method: 'GET', path: `/photos/${id}?size=${size}`, auth: { cookie: true } }).catch((fault: unknown) => {
    if (fault instanceof NoAnswer) return null
    throw fault
  })
  if (answer?.status === 200 && answer.type.startsWith('image/') && answer.bytes.length) return { bytes: answer.bytes, mime: answer.type }
  const code = answer && codeOf(answer)
  if (answer?.status === 401 && code) return { problem: 'login' }
  return { problem: (code && PROBLEMS[code]) || 'offline' }
}
