/**
 * Simulated phones over stdio, for a scheduler that owns time, chance and the network.
 * In, a line of JSON: `{id, do, phone, tab?, at, …}` (a command) or `{answer, status, headers, body, at?, torn?}` /
 * `{answer, lost: true}` (what became of a request; bodies in base64; `torn`: the link breaks after the body; `at`:
 * the phone's clock from now on). Out: `{id, ok}` or `{id, problem, params}`;
 * `{fetch, phone, method, path, headers, cookies, body}`; `{breach, phone}`; and `{quiet: true}` once everything
 * that runs waits for an answer or is done. Build: `npm run sim`.
 */
import { createInterface } from 'node:readline'
import { WorkspaceProblem } from '../../src/services/workspace'
import { edits } from './sim_edits'
import { copyOf, SimPhone } from './sim_phone'

export interface Ask {
  id: number
  do: string
  phone: string
  tab?: string
  at?: number
  [argument: string]: unknown
}

interface Answered {
  answer: number
  status: number
  headers: [string, string][]
  body: string
  at?: number
  torn?: boolean
  lost?: boolean
}

let moved = 0
let working = 0
let seed = 1
let aes = false
let bugs: ReadonlySet<string> = new Set()
let lastFetch = 0
let made = 0
const phones = new Map<string, SimPhone>()
const waiting = new Map<number, { phone: string; answered(answer: Response): void; lost(fault: Error): void }>()
let lines: string[] = []

function out(said: object): void {
  moved += 1
  lines.push(JSON.stringify(said))
}

const fetchOf =
  (phone: string): typeof fetch =>
  (input, init) =>
    new Promise((answered, lost) => {
      lastFetch += 1
      waiting.set(lastFetch, { phone, answered, lost })
      const body = init?.body ? Buffer.from(init.body as Uint8Array).toString('base64') : ''
      const headers = [...new Headers(init?.headers)]
      const cookies = init?.credentials !== 'omit'
      out({ fetch: lastFetch, phone, method: init?.method, path: String(input), headers, cookies, body })
    })

async function counted<T>(work: Promise<T>): Promise<T> {
  working += 1
  return work.finally(() => (working -= 1))
}

function make(name: string, schema = 1): SimPhone {
  made += 1
  const breach = (text: string): void => out({ breach: text, phone: name })
  const phone = new SimPhone({ name, seed: seed * 1_000 + made, aes, schema, bugs, fetch: fetchOf(name), breach, busy: counted })
  phones.set(name, phone)
  return phone
}

function phoneOf(ask: Ask): SimPhone {
  const phone = phones.get(ask.phone)
  if (!phone) throw new Error(`no phone ${ask.phone}`)
  return phone
}

const tabOf = (ask: Ask): string => ask.tab ?? '0'

function at(ask: Ask) {
  const work = phoneOf(ask).tabs.get(tabOf(ask))
  if (!work) throw new WorkspaceProblem('closed')
  return work
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

/** Of the event loop, that a transaction waits for what is typed before it. */
const MOST_TURNS = 100

function within(ask: Ask): Promise<unknown> {
  const phone = phoneOf(ask)
  return new Promise((done, failed) => {
    const typed = async (): Promise<unknown> => edits(phone, at(ask), ask.edits as never)
    const type = async (): Promise<void> => {
      let over = false
      typed().then(done, failed).finally(() => (over = true))
      // it may wait for the very transaction that is kept waiting
      for (let turns = 0; turns < MOST_TURNS && !over; turns++) await counted(turn())
    }
    const never = (): void => done({ made: [], refused: [], poisoned: [] })
    phone.plan.typing.push({ after: Number(ask.after), rows: Boolean(ask.rows), type, never })
  })
}

const commands: Record<string, (ask: Ask) => unknown> = {
  /** A new world: `seed`, `aes` for real boxes, `bugs` built in. */
  reset(ask) {
    phones.clear()
    for (const one of waiting.values()) one.lost(new TypeError('over'))
    waiting.clear()
    seed = Number(ask.seed)
    aes = Boolean(ask.aes)
    bugs = new Set(ask.bugs as string[])
    lastFetch = 0
    made = 0
  },
  phone: (ask) => void make(ask.phone),
  /** The app's next start is a newer release. */
  update: (ask) => void (phoneOf(ask).schema = Number(ask.schema)),
  async login(ask) {
    const phone = phoneOf(ask)
    const work = await phone.phone().login(String(ask.username), 'simulated')
    phone.user = work.user.id
    phone.tabs.set(tabOf(ask), work)
    return work.user.id
  },
  relogin: (ask) => at(ask).login('simulated'),
  async open(ask) {
    const phone = phoneOf(ask)
    phone.tabs.set(tabOf(ask), await phone.phone().open(String(phone.user)))
  },
  sync: (ask) => at(ask).sync(),
  /** Now; or, with `after`, before that writing transaction of the store from the last edit on. */
  edit: (ask) => (ask.after ? within(ask) : edits(phoneOf(ask), at(ask), ask.edits as never)),
  /** What was to be typed and has not been is not typed any more. */
  typed(ask) {
    for (const one of phoneOf(ask).plan.typing.splice(0)) one.never()
  },
  /** Killed now; or, with `calls`, at that call of the store. */
  crash(ask) {
    if (ask.calls) phoneOf(ask).plan.calls = Number(ask.calls)
    else phoneOf(ask).kill()
  },
  /** The disk takes `rows` more rows; null: all it is given. */
  full(ask) {
    const left = ask.rows === null ? Infinity : Number(ask.rows)
    for (const stores of phoneOf(ask).installation.stores.values()) for (const one of stores) one.failAfter(left)
  },
  evict(ask) {
    const phone = phoneOf(ask)
    phone.kill()
    make(ask.phone, phone.schema)
  },
  backup(ask) {
    const disks = [...phoneOf(ask).installation.disks].map(([user, disk]) => [user, copyOf(disk)] as const)
    phoneOf(ask).backups.set(String(ask.slot), new Map(disks))
  },
  rollback(ask) {
    const phone = phoneOf(ask)
    phone.kill()
    for (const [user, disk] of phone.backups.get(String(ask.slot)) ?? []) phone.installation.disks.set(user, copyOf(disk))
  },
  async clone(ask) {
    const from = phoneOf(ask)
    const to = make(String(ask.as), from.schema)
    to.user = from.user
    to.clock.at = from.clock.at
    await to.installation.copyFrom(from.installation)
  },
  ids() {
    for (const phone of phones.values()) phone.lookAtWaiting()
    return Object.fromEntries([...phones].map(([name, phone]) => [name, [phone.ids('outbox'), phone.ids('journal')]]))
  },
  drafts: (ask) => phoneOf(ask).drafts(new Set(ask.ids as string[])),
  status: (ask) => at(ask).status(),
  /** Memberships, base rows and cursors, straight from the disk. */
  held(ask) {
    const tables = phoneOf(ask).disk()?.tables
    const of = (name: 'memberships' | 'base' | 'cursors') => [...(tables?.get(name)?.values() ?? [])]
    const plain = (box: unknown): unknown => {
      const text = Buffer.from(box as Uint8Array).toString()
      return aes ? null : (JSON.parse(text.slice(text.indexOf('\n') + 1)) as { data: unknown }).data
    }
    return {
      memberships: of('memberships').map(({ scope, id, rev }) => [scope, id, rev]),
      base: of('base').map(({ id, rev, orphan, box }) => [id, rev, orphan, plain(box)]),
      cursors: of('cursors').map(({ scope, state, refused }) => [scope, state, refused]),
      device: null,
    }
  },
}

async function run(ask: Ask): Promise<void> {
  try {
    const command = commands[ask.do]
    if (!command) throw new Error(`no command ${ask.do}`)
    const phone = phones.get(ask.phone)
    if (phone && ask.at !== undefined) phone.clock.at = ask.at
    out({ id: ask.id, ok: (await command(ask)) ?? null })
  } catch (fault) {
    const params = fault instanceof WorkspaceProblem ? fault.params : { message: String(fault) }
    out({ id: ask.id, problem: fault instanceof WorkspaceProblem ? fault.code : 'error', params })
  }
}

function answered(said: Answered): void {
  const one = waiting.get(said.answer)
  waiting.delete(said.answer)
  if (!one) return
  if (said.lost) return one.lost(new TypeError('lost'))
  const phone = phones.get(one.phone)
  if (phone && said.at !== undefined) phone.clock.at = said.at
  const empty = [204, 304].includes(said.status)
  const bytes = Buffer.from(said.body, 'base64')
  const body = empty ? null : said.torn ? torn(bytes) : bytes
  one.answered(new Response(body, { status: said.status, headers: said.headers }))
}

/** A body whose link breaks, or whose gzip does: what came is handed on, then the reader hears of it. */
const torn = (bytes: Uint8Array): ReadableStream<Uint8Array> => {
  const pieces = [bytes]
  return new ReadableStream({
    pull(to) {
      const piece = pieces.pop()
      if (piece?.length) to.enqueue(piece)
      else to.error(new TypeError('broken off'))
    },
  })
}

async function untilQuiet(): Promise<void> {
  for (let still = 0; still < 3; ) {
    const before = moved
    await turn()
    still = moved === before && working === 0 ? still + 1 : 0
  }
  lines.push('{"quiet":true}\n')
  process.stdout.write(lines.join('\n'))
  lines = []
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const said = JSON.parse(line) as Ask | Answered
  if ('answer' in said) answered(said as Answered)
  else void run(said as Ask)
  void untilQuiet()
})
