/** The real server for these tests: gunicorn over a SQLite database of its own, with a small demo world. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { cookieFetch } from '@/services/headless'

const ROOT = resolve(import.meta.dirname, '../../..')
const program = (name: string): string => join(ROOT, '.venv/bin', name)

/** What `flask demo --json` prints, as far as these tests read it. */
export interface Demo {
  users: Record<string, { id: string; scopes: string[] }>
}

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => done(port))
    })
  })

export class RealServer {
  private child: ChildProcess | null = null
  readonly data = mkdtempSync(join(tmpdir(), 'grid-server-'))
  url = ''
  private port = 0

  private env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      LANG: 'C.UTF-8',
      DEMO: '1',
      DATA_DIR: this.data,
      DATABASE_URL: `sqlite:///${this.data}/grid.db`,
    }
  }

  flask(...words: string[]): string {
    return execFileSync(program('flask'), ['--app', 'server.app:create_app', ...words], {
      cwd: ROOT,
      env: this.env(),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** Migrated, with `households` a grid; running. */
  static async start(households: number): Promise<{ server: RealServer; demo: Demo }> {
    const server = new RealServer()
    server.flask('prepare')
    const demo = JSON.parse(server.flask('demo', '--households', String(households), '--json')) as Demo
    server.port = await freePort()
    server.url = `http://127.0.0.1:${server.port}`
    await server.up()
    return { server, demo }
  }

  async up(): Promise<void> {
    const words = ['--config', 'server/gunicorn_conf.py', '--bind', `127.0.0.1:${this.port}`, 'server.app:create_app()']
    this.child = spawn(program('gunicorn'), words, { cwd: ROOT, env: this.env(), stdio: 'ignore', detached: true })
    for (let deadline = Date.now() + 60_000; Date.now() < deadline;) {
      const ready = await fetch(`${this.url}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      )
      if (ready) return
      await new Promise((go) => setTimeout(go, 100))
    }
    throw new Error('the server did not start')
  }

  /** Ends the whole process group; 'SIGKILL' is a power cut. */
  async down(how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const { child } = this
    if (!child?.pid) return
    const ended = new Promise((done) => child.once('exit', done))
    process.kill(-child.pid, how)
    await ended
    this.child = null
  }

  /** Copies the database as it lies on disk (server down); the answer puts the copy back. */
  copy(): () => void {
    const kept = mkdtempSync(join(tmpdir(), 'grid-copy-'))
    const files = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith('grid.db'))
    for (const name of files(this.data)) cpSync(join(this.data, name), join(kept, name))
    return () => {
      for (const name of files(this.data)) rmSync(join(this.data, name))
      for (const name of files(kept)) cpSync(join(kept, name), join(this.data, name))
      rmSync(kept, { recursive: true })
    }
  }

  async end(): Promise<void> {
    await this.down()
    rmSync(this.data, { recursive: true, force: true })
  }
}

/** Somebody at a desk: logged in without a device, settling what waits. */
export async function desk(server: RealServer, username: string) {
  const fetching = cookieFetch(fetch)
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const init =
      body === undefined
        ? { method }
        : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const answer = await fetching(`${server.url}/api/v1${path}`, init)
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }
  const { timeline } = (await call('POST', '/session', { username, password: 'grid-demo' })) as { timeline: string }
  return {
    get: (path: string) => call('GET', path),
    post: (path: string, body: unknown) => call('POST', path, body),
    async settle(type: string, item: { id: string; scope: string; rev: string }, resolve: object): Promise<void> {
      const at = { wall: new Date().toISOString(), offset_ms: 0 }
      const change = {
        id: crypto.randomUUID(),
        op: 'resolve',
        type,
        record: item.id,
        scope: item.scope,
        schema: 1,
        base: { rev: item.rev, timeline },
        at,
        resolve,
      }
      const answer = (await call('POST', '/changes', { changes: [change] })) as { verdicts: { status: string }[] }
      if (answer.verdicts[0].status !== 'applied') throw new Error(JSON.stringify(answer))
    },
  }
}
