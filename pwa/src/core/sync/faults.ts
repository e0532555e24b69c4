/** Everything that may go wrong with an answer, sorted by what the client has to do about it. */
import type { Answer } from '../ports'

export type FaultKind =
  | 'offline' // nothing is known: same ids later (no answer, 408, 429, 5xx, a body that is not ours)
  | 'crash' // the server failed on exactly this request (500 of ours)
  | 'login' // the session is over or belongs to somebody else
  | 'rejected' // the request as a whole was refused: 400, 413, 415
  | 'timeline' // the server lives another history now
  | 'upgrade' // rows only for a newer app
  | 'forbidden'
  | 'refused' // an answer that was ours but did not fit: ignored whole

export class Fault extends Error {
  constructor(
    readonly kind: FaultKind,
    readonly code: string = kind,
    readonly retryAfter: number | null = null,
  ) {
    super(`${kind}: ${code}`)
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A problem document of ours: the status inside equals the one outside. A portal's page has none. */
export function codeOf(answer: Answer): string | null {
  const body = answer.body
  return isObject(body) && body.status === answer.status && typeof body.code === 'string' ? body.code : null
}

const BY_STATUS: Record<number, FaultKind> = {
  400: 'rejected',
  401: 'login',
  403: 'forbidden',
  415: 'rejected',
  426: 'upgrade',
  500: 'crash',
}

export function faultOf(answer: Answer): Fault {
  if (answer.status === 413) return new Fault('rejected', 'too_large') // a proxy may say it, with any body
  const code = codeOf(answer)
  if (code === null) return new Fault('offline', 'not_ours', answer.retryAfter)
  if (code === 'timeline_changed') return new Fault('timeline', code)
  if (code === 'device_mismatch') return new Fault('login', code)
  return new Fault(BY_STATUS[answer.status] ?? 'offline', code, answer.retryAfter)
}
