/** Two phones, few records, a bad link and killed apps, in a seeded order: nothing is lost, both agree in the end. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpOver } from '@/adapters/http'
import { cookieFetch, MemoryInstallation, memoryPhone } from '@/services/headless'
import { WorkspaceProblem, type RecordView, type Workspace } from '@/services/workspace'
import { faultyFetch, type Fault } from '../driver/faults'
import { seeded } from '../sync/script'
import { RealServer, type Demo } from './server'

const STEPS = 220
let server: RealServer
let demo: Demo
beforeAll(async () => {
  ;({ server, demo } = await RealServer.start(6))
}, 120_000)
afterAll(() => server.end())

class Rider {
  readonly written = new Set<string>()
  readonly faults: Fault[] = []
  private readonly installation = new MemoryInstallation()
  private readonly http = httpOver({
    origin: server.url,
    fetch: faultyFetch(cookieFetch(fetch), this.faults),
    timeout: 10_000,
    silence: 10_000,
    gzip: true,
  })
  work!: Workspace

  constructor(private readonly username: string) {}

  private phone() {
    return memoryPhone({ http: this.http, installation: this.installation })
  }

  async begin(): Promise<void> {
    this.work = await this.phone().login(this.username, 'grid-demo')
    await this.work.sync()
  }

  /** Killed in the middle of whatever runs, and opened again. */
  async crash(): Promise<void> {
    const running = this.work.sync().catch(() => undefined)
    this.installation.crash()
    await running
    this.work = await this.phone().open(demo.users[this.username].id)
  }

  async act(pick: (below: number) => number): Promise<void> {
    const grid = demo.users.worker1.scopes[0]
    const homes = await this.work.list('household', { scope: grid })
    const home = homes[pick(homes.length)]
    const does = [
      () => this.work.update(home, { note: `${this.username} ${pick(4)}` }),
      () => this.work.update(home, { contact_phone: `1390000000${pick(4)}`, pets: pick(5) }),
      () => this.work.create('visit', { household: home.id, result: 'met', kind: 'routine' }, { scope: grid }),
      () =>
        this.work.create(
          'household',
          { dwelling: home.data.dwelling, contact_person: `新${pick(100)}`, moved_out_on: '2020-01-01' },
          { scope: grid },
        ),
      () => this.pair(home, grid, pick),
    ]
    try {
      const made = await does[pick(does.length)]()
      for (const one of Array.isArray(made) ? made : [made]) this.written.add(one.change)
    } catch (fault) {
      if (!(fault instanceof WorkspaceProblem) || fault.code !== 'nothing_changed') throw fault
    }
  }

  private pair(home: RecordView, grid: string, pick: (below: number) => number) {
    return this.work.group(async (writer) => {
      await writer.create('visit', { household: home.id, result: 'nobody_home' }, { scope: grid })
      await writer.update(home, { e_bike: pick(9) })
    })
  }
}

test.each([1, 2])(
  'seed %i',
  async (seed) => {
    const { fraction } = seeded(seed)
    const pick = (below: number): number => Math.floor(fraction() * below)
    const riders = [new Rider('worker1'), new Rider('worker2')]
    for (const rider of riders) await rider.begin()
    const hows = ['request', 'answer', 'cut', 'portal', 'twice', 'status'] as const
    const paths = ['/sync/hello', '/sync/push', '/sync/pull', '/catalog', '/snapshot']
    for (let step = 0; step < STEPS; step++) {
      const rider = riders[pick(2)]
      const what = pick(10)
      if (what < 5) await rider.act(pick)
      else if (what < 7) await rider.work.sync()
      else if (what < 9)
        rider.faults.push({
          path: paths[pick(paths.length)],
          how: hows[pick(hows.length)],
          times: 1 + pick(2),
          status: 502,
        })
      else if (pick(3) === 0) await rider.crash()
    }
    for (const rider of riders) rider.faults.length = 0
    for (let round = 0; round < 3; round++) for (const rider of riders) await rider.work.sync()

    for (const { work, written } of riders) {
      expect(await work.outboxItems()).toEqual([])
      const journal = await work.journalItems({ limit: 10_000 })
      expect(new Set(journal.map((item) => item.change))).toEqual(written) // conservation: each change, once
      expect(
        journal.filter((item) => item.state === 'quarantined').map((item) => [item.type, item.reason, item.message]),
      ).toEqual([])
      expect([work.status().sent, work.status().missing]).toEqual([{ n: written.size, of: written.size }, []])
      expect(work.status().problems.filter((one) => one.kind !== 'answer_refused')).toEqual([])
    }
    const grid = demo.users.worker1.scopes[0]
    for (const type of ['household', 'visit']) {
      const [left, right] = await Promise.all(riders.map(({ work }) => work.list(type, { scope: grid })))
      expect(left.map(({ id, rev, data }) => ({ id, rev, data }))).toEqual(
        right.map(({ id, rev, data }) => ({ id, rev, data })),
      )
    }
    const [one, two] = riders.map(({ work }) => work.status().scopes.find((scope) => scope.scope === grid)?.live)
    expect(one).toBe(two)
  },
  120_000,
)
