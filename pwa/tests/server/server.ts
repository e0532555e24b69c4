/** The real server for these tests: gunicorn over a SQLite database of its own, with a small demo world. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../../..')
const program = (name: string): string => join(ROOT, '.venv/bin', name)

/** What `flask demo --json` prints, as far as these tests read it. */
export interface Demo {
  accounts?: Record<string, unknown>
  [key: string]: unknown
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

  async end(): Promise<void> {
    await this.down()
    rmSync(this.data, { recursive: true, force: true })
  }
}
