/** Hello: both sides say where they stand; the server says what this device may hold and should do. */
import { millisOfTime } from '../calendar'
import type { Reader } from '../store'
import { Fault } from './faults'
import { readHello, type Action, type HelloAnswer } from './messages'
import { ask, note, saveSession, saveState, type Run } from './run'
import { askSnapshot, cursorRows, meetGrants } from './scopes'
import { nextN } from './state'
import { heal, requeue } from './timeline'

/** A phone clock further off than this is worth a word (it decides nothing), ms. */
const CLOCK_OFF = 5 * 60_000

interface Counts {
  next: number
  changes: number
  photos: number
  oldest: string | null
}

const counts = async (tx: Reader): Promise<Counts> => {
  const [first] = await tx.range('outbox', 'n', { limit: 1 })
  const photos = await tx.count('photos', 'state', ['unsent'])
  return { next: await nextN(tx), changes: await tx.count('outbox'), photos, oldest: first?.at ?? null }
}

/** One hello call. `timeline` is what the device claims to live in; `journal` asks which of these are unknown. */
export async function hello(run: Run, timeline: string | null, journal?: string[]): Promise<HelloAnswer> {
  const held = await cursorRows(run)
  const now = await run.ground.store.read(['outbox', 'meta', 'photos'], counts)
  const scopes = held.map((row) => {
    const { cursor, live, digest } = row
    // a refused bulk removal is told, so that the server can answer with a snapshot it vouches for
    return [row.scope, { cursor, live, digest, ...(row.refused ? { refused: true } : {}) }]
  })
  const left = Object.entries(run.state.left).map(([scope, { gen }]) => [scope, gen])
  const kept = held.filter((row) => row.state !== 'leaving').map((row) => [row.scope, row.gen])
  const body = {
    device: run.session.device,
    app: run.ground.app,
    schema: run.ground.schema,
    timeline,
    ack: timeline === run.state.timeline ? run.state.ack : null,
    next_n: now.next,
    pending: { changes: now.changes, photos: now.photos, oldest: now.oldest },
    client_time: run.ground.clock.now(),
    scopes: Object.fromEntries(scopes),
    grants_ack: Object.fromEntries([...kept, ...left]),
    storage: await run.ground.storage(),
    ...(journal ? { journal } : {}),
    ...(run.state.reports.length ? { reports: run.state.reports } : {}),
  }
  const answer = readHello(await ask(run, { method: 'POST', path: '/sync/hello', body }))
  run.state.last_contact = run.ground.clock.now()
  run.state.reports = []
  return answer
}

/** Hello, and healing first when the server lives another timeline than the one known here. */
export async function greet(run: Run): Promise<HelloAnswer> {
  run.listener.phase('hello')
  let answer = await hello(run, run.state.timeline)
  for (let round = 0; answer.timeline !== run.state.timeline; round++) {
    if (round >= 3) throw new Fault('offline', 'timeline_unstable')
    answer = await heal(run, answer, (journal) => hello(run, answer.timeline, journal))
  }
  await obey(run, answer)
  return answer
}

async function obey(run: Run, answer: HelloAnswer): Promise<void> {
  const { state } = run
  Object.assign(state, {
    have_n: answer.have_n,
    missing: answer.missing,
    durable_n: answer.durable_n,
    limits: answer.limits,
    lock: answer.lock ?? state.lock,
  })
  noteClock(run, answer.server_time)
  state.upgrade = answer.min_schema > run.ground.schema || answer.actions.some((one) => one.name === 'upgrade')
  await meetGrants(run, answer.grants)
  if (answer.unknown.length) await requeue(run, answer.unknown)
  await resendMissing(run)
  for (const action of answer.actions.filter((one) => one.name === 'resnapshot')) {
    const scopes = action.scope ? [action.scope] : (await cursorRows(run)).map((row) => row.scope)
    for (const scope of scopes) await askSnapshot(run, scope, 'asked')
  }
  await obeyActions(run, answer.actions)
  await saveState(run)
}

/** Another device id comes with the next login; until then work goes on under the old one. */
export async function obeyActions(run: Run, actions: Action[]): Promise<void> {
  if (run.session.reregister || !actions.some((one) => one.name === 'reregister')) return
  run.session.reregister = true
  await saveSession(run)
}

function noteClock(run: Run, serverTime: string | null): void {
  const server = serverTime === null ? null : millisOfTime(serverTime)
  if (server === null) return
  run.state.offset_ms = run.ground.clock.millis() - server
  if (Math.abs(run.state.offset_ms) > CLOCK_OFF) note(run, 'clock_off', { offset_ms: run.state.offset_ms })
}

/** Numbers the server has no verdict for, below its highest: in the outbox they go anyway, in the journal again. */
async function resendMissing(run: Run): Promise<void> {
  if (!run.state.missing.length) return
  const covers = (n: number): boolean => run.state.missing.some(([from, to]) => n >= from && n <= to)
  const [kept, waiting] = await run.ground.store.read(['journal', 'outbox'], async (tx) => [
    (await tx.range('journal', 'acked')).filter((row) => row.device === run.session.device && covers(row.n)),
    (await tx.range('outbox', 'n')).filter((row) => covers(row.n)).length,
  ])
  await requeue(
    run,
    kept.map((row) => row.id),
  )
  const asked = run.state.missing.reduce((sum, [from, to]) => sum + to - from + 1, 0)
  const lost = asked - kept.length - waiting
  if (lost > 0) note(run, 'numbers_missing', { count: lost })
}
