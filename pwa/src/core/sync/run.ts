/** One round of the loop: its ground, its state, and how it asks and notes. */
import type { Catalog } from '../catalog'
import { NoAnswer, type Answer, type Auth, type Request } from '../ports'
import { faultOf, Fault } from './faults'
import {
  FIRST_STATE,
  readMeta,
  writeMeta,
  type Ground,
  type Listener,
  type Problem,
  type ServerState,
  type SessionState,
} from './state'

export interface Run {
  ground: Ground
  listener: Listener
  session: SessionState
  state: ServerState
  catalog: Catalog | null
  auth: Auth
}

export async function openRun(ground: Ground, listener: Listener): Promise<Run | null> {
  const session = await readMeta(ground, 'session')
  if (!session) return null
  const state = { ...FIRST_STATE, ...(await readMeta(ground, 'server')) }
  const catalog = await readMeta(ground, 'catalog')
  const auth: Auth = session.needs_login && session.drain ? { drain: session.drain } : { cookie: true }
  return { ground, listener, session, state, catalog, auth }
}

export const draining = (run: Run): boolean => 'drain' in run.auth

/** Whatever was answered; silence is a Fault. */
export async function send(run: Run, request: Omit<Request, 'auth'>): Promise<Answer> {
  try {
    return await run.ground.http.send({ ...request, auth: run.auth })
  } catch (fault) {
    if (fault instanceof NoAnswer) throw new Fault('offline', 'no_answer')
    throw fault
  }
}

/** An answer with status 200 and a JSON body; everything else is a Fault. */
export async function ask(run: Run, request: Omit<Request, 'auth'>): Promise<unknown> {
  const answer = await send(run, request)
  if (answer.status === 200 && answer.body !== undefined) return answer.body
  if (answer.status >= 200 && answer.status < 400) throw new Fault('offline', 'not_ours')
  throw faultOf(answer)
}

export const saveState = (run: Run): Promise<void> => writeMeta(run.ground, 'server', run.state)
export const saveSession = (run: Run): Promise<void> => writeMeta(run.ground, 'session', run.session)

/** Reports kept at most until a hello takes them. */
const REPORTS = 20

/** Tells what somebody should know: the person now, the server with the next hello. */
export function note(run: Run, kind: string, params: Problem['params'] = {}): void {
  const problem = { kind, at: run.ground.clock.now(), params }
  run.state.reports = [...run.state.reports, problem].slice(-REPORTS)
  run.listener.problem(problem)
}
