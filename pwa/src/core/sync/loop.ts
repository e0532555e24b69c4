/**
 * One round: hello → push until empty → leave what was revoked → pull until no more → load what is new →
 * pull again. One control flow, one fault at a time; whatever breaks, the next round starts from the store.
 */
import { Fault, faultOf, isObject } from './faults'
import { sealWaiting } from './handin'
import { receipt } from './hand_in'
import { greet } from './hello'
import { loadAll } from './snapshot'
import { pullAll } from './pull'
import { pushAll } from './push'
import { trimJournal } from './retention'
import { draining, note, openRun, saveSession, saveState, send, type Run } from './run'
import { cursorRows, purgeLeft } from './scopes'
import { holdLeft, readMeta, writeMeta, type Ground, type Listener } from './state'
import { wipe } from './wipe'
import type { Catalog } from '../catalog'

export type Outcome = 'complete' | 'drained' | 'waiting' | 'offline' | 'login' | 'upgrade' | 'wiped' | 'stopped'

export interface Round {
  outcome: Outcome
  /** When the server named a time to come back, ms. */
  retryAfter: number | null
  /** Fault code, for the log of a test or a support screen. */
  code: string | null
}

const ended = (outcome: Outcome, retryAfter: number | null = null, code: string | null = null): Round => ({
  outcome,
  retryAfter,
  code,
})

/** Faults that change the terms (session, timeline) start the round again, at most this often. */
const STARTS = 4

export async function syncRound(ground: Ground, listener: Listener): Promise<Round> {
  const run = await openRun(ground, listener)
  if (!run) return ended('login')
  if (run.state.wiped) return wipedBefore(run)
  try {
    for (let start = 1; ; start++) {
      const round = await attempt(run, start)
      if (round) return round
    }
  } finally {
    listener.phase('idle')
    await saveState(run).catch(() => undefined) // a store that is gone keeps nothing; the round's outcome stands
  }
}

/** Nothing is left to sync but the word that nothing is left. */
async function wipedBefore(run: Run): Promise<Round> {
  await receipt(run).catch((fault: unknown) => {
    if (!(fault instanceof Fault)) throw fault
  })
  return ended('wiped')
}

/** A finished round, or null to start again under new terms. */
async function attempt(run: Run, start: number): Promise<Round | null> {
  try {
    return await round(run)
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault
    if (fault.kind === 'timeline' && start < STARTS) return null
    if (fault.kind === 'login') return loggedOut(run)
    if (fault.kind === 'upgrade') {
      run.state.upgrade = true
      return ended('upgrade', null, fault.code)
    }
    if (fault.kind === 'refused') note(run, 'answer_refused', { code: fault.code })
    return ended('offline', fault.retryAfter, fault.code)
  }
}

/** 401: nothing is dropped; the drain token goes on handing in, the same person is asked to log in. */
async function loggedOut(run: Run): Promise<Round | null> {
  const now = await readMeta(run.ground, 'session')
  if (now && now.login_at !== run.session.login_at && !draining(run)) {
    run.session = now // logged in meanwhile, in another tab: that session has not failed yet
    return null
  }
  const { drain } = run.session
  const again = !draining(run) && drain !== null
  run.session.needs_login = true
  await saveSession(run)
  if (!again) return ended('login')
  run.auth = { drain }
  return null
}

async function round(run: Run): Promise<Round> {
  const answer = await greet(run)
  await pushAll(run)
  if (answer.actions.some((one) => one.name === 'wipe') && (await wipe(run))) return wipedBefore(run)
  if (draining(run)) return ended('drained')
  await purgeLeft(run)
  if (run.state.upgrade) return ended('upgrade')
  await freshCatalog(run)
  await pullAll(run)
  if (await loadAll(run)) await pullAll(run)
  await trimJournal(run)
  return finished(run)
}

async function finished(run: Run): Promise<Round> {
  const open = (await cursorRows(run)).some((row) => row.state === 'new' || row.state === 'loading')
  if (open) return ended('waiting', holdLeft(run.state, run.ground.clock.millis()))
  run.state.last_complete = run.ground.clock.now()
  return ended('complete')
}

/** The catalogue is read again only when its tag moved; without one no field can be shown. */
async function freshCatalog(run: Run): Promise<void> {
  const unless = (run.catalog && run.state.catalog_tag) ?? undefined
  const answer = await send(run, { method: 'GET', path: '/catalog', ...(unless ? { unless } : {}) })
  if (answer.status === 304 && unless) return
  if (answer.status !== 200) throw answer.status < 400 ? new Fault('offline', 'not_ours') : faultOf(answer)
  if (!isObject(answer.body) || !isObject(answer.body.types)) throw new Fault('offline', 'not_ours')
  const before = run.catalog?.sealing?.key
  run.catalog = answer.body as unknown as Catalog
  run.state.catalog_tag = answer.tag
  await writeMeta(run.ground, 'catalog', run.catalog, run.ground.clock.millis())
  if (before && before !== run.catalog.sealing?.key) await sealWaiting(run.ground, run.catalog)
  run.listener.changed([], [])
}
