/**
 * Drives phones from outside: one JSON request a line on stdin, one JSON answer a line on stdout.
 * `{id, do, phone, …}` → `{id, ok}` or `{id, problem, params}`. Commands: the keys of `commands`.
 * Build: `npm run driver`; then `node node_modules/.cache/grid/driver.mjs`.
 */
import { createInterface } from 'node:readline'
import { httpOver } from '../../src/adapters/http'
import type { Clock } from '../../src/core/ports'
import type { Values } from '../../src/core/change'
import { cookieFetch, MemoryInstallation, memoryPhone } from '../../src/services/headless'
import { WorkspaceProblem, type ListQuery, type RecordView, type Workspace } from '../../src/services/workspace'
import { faultyFetch, type Fault } from './faults'

/** A clock that stands still until told; `null` follows the machine's. */
class DrivenClock implements Clock {
  at: number | null = null
  millis = (): number => this.at ?? Date.now()
  now = (): string => new Date(this.millis()).toISOString()
  wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, this.at === null ? ms : 0))
}

interface Held {
  installation: MemoryInstallation
  clock: DrivenClock
  faults: Fault[]
  fetch: typeof fetch
  origin: string
  work: Workspace | null
}

interface Ask {
  id: number
  do: string
  phone: string
  [argument: string]: unknown
}

const phones = new Map<string, Held>()

function held(ask: Ask): Held {
  const found = phones.get(ask.phone)
  if (!found) throw new Error(`no phone ${ask.phone}`)
  return found
}

function at(ask: Ask): Workspace {
  const { work } = held(ask)
  if (!work) throw new Error(`nobody is at ${ask.phone}`)
  return work
}

function phoneOf(of: Held) {
  const http = httpOver({ origin: of.origin, fetch: of.fetch, timeout: 30_000, silence: 30_000, gzip: true })
  return memoryPhone({ http, installation: of.installation, clock: of.clock })
}

const seen = (ask: Ask): RecordView => ask.seen as RecordView
const values = (ask: Ask): Values => (ask.values ?? {}) as Values

const commands: Record<string, (ask: Ask) => unknown> = {
  /** `origin` of the server. */
  phone(ask) {
    const faults: Fault[] = []
    const made = {
      installation: new MemoryInstallation(),
      clock: new DrivenClock(),
      faults,
      origin: String(ask.origin),
      work: null,
    }
    phones.set(ask.phone, { ...made, fetch: faultyFetch(cookieFetch(fetch), faults) })
  },
  async login(ask) {
    const of = held(ask)
    of.work = await phoneOf(of).login(String(ask.username), String(ask.password))
    return of.work.user
  },
  relogin: (ask) => at(ask).login(String(ask.password)),
  logout: (ask) => at(ask).logout(),
  async open(ask) {
    const of = held(ask)
    of.work = await phoneOf(of).open(String(ask.user))
  },
  /** Killed: what was not committed is gone. Then `open`. */
  crash(ask) {
    held(ask).installation.crash()
    held(ask).work = null
  },
  /** The same phone bought twice: `as` holds what this one does now. It has to log in (`relogin` after `open`). */
  clone(ask) {
    const of = held(ask)
    const faults: Fault[] = []
    const own = { installation: of.installation.twin(), clock: new DrivenClock(), faults, origin: of.origin, work: null }
    phones.set(String(ask.as), { ...own, fetch: faultyFetch(cookieFetch(fetch), faults) })
  },
  /** The browser clears the app's storage away; the cookies stay. */
  evict(ask) {
    held(ask).installation.crash()
    Object.assign(held(ask), { installation: new MemoryInstallation(), work: null })
  },
  /** Removes the store of `user`; refused while anything waits. */
  forget: (ask) => phoneOf(held(ask)).forget(String(ask.user)),
  /** `to`: milliseconds since 1970, null for the machine's clock. */
  clock(ask) {
    held(ask).clock.at = ask.to as number | null
  },
  /** See faults.ts. */
  fault: (ask) => void held(ask).faults.push(ask as unknown as Fault),
  heal: (ask) => void held(ask).faults.splice(0),
  sync: (ask) => at(ask).sync(),
  status: (ask) => at(ask).status(),
  view: (ask) => at(ask).view(String(ask.record)),
  list: (ask) => at(ask).list(String(ask.type), ask.query as ListQuery),
  count: (ask) => at(ask).count(String(ask.type)),
  outbox: (ask) => at(ask).outboxItems(),
  journal: (ask) => at(ask).journalItems({ limit: 100_000 }),
  create: (ask) => at(ask).create(String(ask.type), values(ask), ask.options as { scope: string }),
  update: (ask) => at(ask).update(seen(ask), values(ask)),
  delete: (ask) => at(ask).delete(seen(ask)),
  undelete: (ask) => at(ask).undelete(seen(ask), values(ask)),
  transition: (ask) => at(ask).transition(seen(ask), String(ask.action), (ask.args ?? {}) as Values, values(ask)),
  move: (ask) => at(ask).move(seen(ask), String(ask.to)),
  resolve: (ask) => at(ask).resolve(seen(ask), ask.resolution as { choose: string }),
  /** `edits`: creates and updates as above, kept together. */
  async group(ask) {
    return at(ask).group(async (writer) => {
      for (const one of ask.edits as Ask[]) {
        if (one.do === 'create') await writer.create(String(one.type), values(one), one.options as { scope: string })
        else await writer.update(seen(one), values(one))
      }
    })
  },
  undo: (ask) => at(ask).undo(String(ask.change)),
  /** Memberships of each scope: what a digest is made of. */
  async memberships(ask) {
    const { store } = await held(ask).installation.open(at(ask).user.id)
    const rows = await store.read(['memberships'], (tx) => tx.range('memberships', 'key'))
    await store.close()
    return rows.map(({ scope, id, rev }) => ({ scope, id, rev }))
  },
}

async function answer(line: string): Promise<object> {
  const ask = JSON.parse(line) as Ask
  try {
    const command = commands[ask.do]
    if (!command) throw new Error(`no command ${ask.do}`)
    return { id: ask.id, ok: (await command(ask)) ?? null }
  } catch (fault) {
    const params = fault instanceof WorkspaceProblem ? fault.params : { message: String(fault) }
    return { id: ask.id, problem: fault instanceof WorkspaceProblem ? fault.code : 'error', params }
  }
}

// requests run side by side; whoever wants them in order waits for each answer
createInterface({ input: process.stdin }).on('line', (line) => {
  void answer(line).then((said) => process.stdout.write(`${JSON.stringify(said)}\n`))
})
