/** A server that gives shares and opens sealed changes, and a phone that can be killed at every step of a change. */
import { createDecipheriv, createECDH, createHash, hkdfSync } from 'node:crypto'
import { MemoryInstallation } from '@/services/headless'
import type { Phone, Workspace } from '@/services/workspace'
import type { Change } from '@/core/change'
import type { Reader, Store, TableName, Writing } from '@/core/store'
import { CATALOG, GRID, json, phoneOf, problem, Script, TestClock, uuid, type Call } from '../sync/script'

export const WHO = uuid(0xaa)
export const PIN = '314159'
export const H = uuid(1)

const server = createECDH('prime256v1')
server.generateKeys()
export const SEALING = { key: 'k1', point: server.getPublicKey().toString('base64url') }

const { visit } = CATALOG.types
const VISIT = { ...visit, fields: { ...visit.fields, photos: { kind: 'photos', merge: 'set' } } }

export interface Envelope {
  id: string
  n: number
  group?: string
  key: string
  box: string
}

/** As server/services/sealing.py opens it. */
export const opened = ({ id, n, box }: Envelope): Change => ({ ...(inside(box, id) as Change), id, n })

/** The picture in a sealed photo, and where it was taken. */
export function openedPhoto(id: string, file: Buffer): { data: Buffer; place: unknown } {
  const cut = file.indexOf(10)
  const { box } = JSON.parse(file.subarray(0, cut).toString()) as { box: string }
  const { secret, sha256, place } = inside(box, `photo:${id}`) as Record<string, string>
  const data = decrypted(Buffer.from(secret, 'base64'), file.subarray(cut + 1, cut + 13), file.subarray(cut + 13), `photo:${id}`)
  if (createHash('sha256').update(data).digest('hex') !== sha256) throw new Error('another picture than it says')
  return { data, place }
}

function inside(text: string, about: string): unknown {
  const box = Buffer.from(text, 'base64url')
  const [point, nonce, inner] = [box.subarray(0, 65), box.subarray(65, 77), box.subarray(77)]
  const key = hkdfSync('sha256', server.computeSecret(point), point, 'grid change 1', 32)
  return JSON.parse(decrypted(Buffer.from(key), nonce, inner, about).toString())
}

function decrypted(key: Buffer, nonce: Buffer, inner: Buffer, about: string): Buffer {
  const cipher = createDecipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(about))
  cipher.setAuthTag(inner.subarray(-16))
  return Buffer.concat([cipher.update(inner.subarray(0, -16)), cipher.final()])
}

export class LockScript extends Script {
  share = 'the share of this device, which only its session gets'
  hours = 72
  required = false
  /** The session is over: only the drain token is heard. */
  ended = false
  offline = false

  constructor() {
    super()
    this.handlers.push(() => {
      if (this.offline) throw new TypeError('Failed to fetch')
      return undefined
    })
  }

  override usual(call: Call): Response {
    const lock = { pin_required: this.required, lease_hours: this.hours }
    if (call.path === '/session' && call.body.username) {
      if (call.body.password !== 'secret') return problem(401, 'bad_credentials')
      this.ended = false
      return json({ user: { id: WHO, name: '王网格', roles: ['worker'] }, device: { id: this.device, drain_token: 'drain-1' }, timeline: this.timeline, lock })
    }
    if (call.path === '/session') {
      this.ended = true
      return json({})
    }
    const drain = call.auth === 'Bearer drain-1'
    if (this.ended && !drain && call.path !== '/catalog') return problem(401, 'unauthenticated')
    if (drain && !['/sync/hello', '/sync/push', '/sync/quarantine'].includes(call.path)) return problem(403, 'forbidden')
    if (call.path === '/devices/share') return json({ share: this.share, lease_hours: this.hours })
    if (call.path === '/catalog') return json({ ...CATALOG, types: { ...CATALOG.types, visit: VISIT }, sealing: SEALING })
    if (call.path === '/sync/push') {
      const changes = (call.body.changes as (Change | Envelope)[]).map((one) => ('box' in one ? opened(one) : one))
      return super.usual({ ...call, body: { ...call.body, changes, timeline: call.body.timeline ?? this.timeline } })
    }
    return super.usual(call)
  }
}

/** Every step of store and lock counts; at the last one the app is gone. */
export class Killable extends MemoryInstallation {
  left: number | null = null
  steps = 0

  private step(): void {
    this.steps += 1
    if (this.left === null || --this.left > 0) return
    this.left = null
    this.crash()
    throw new Error('killed')
  }

  override async open(userId: string): Promise<{ store: Store; boxes: Awaited<ReturnType<MemoryInstallation['open']>>['boxes'] }> {
    const { store, boxes } = await super.open(userId)
    const around =
      <T>(how: (tables: TableName[], work: (tx: T) => Promise<unknown>) => Promise<unknown>) =>
      async (tables: TableName[], work: (tx: T) => Promise<unknown>) => {
        this.step()
        const result = await how.call(store, tables, work)
        this.step() // committed, and the app never hears of it
        return result
      }
    const watched = { read: around<Reader>(store.read), write: around<Writing>(store.write), close: () => store.close() }
    return { store: watched as Store, boxes }
  }

  override async keepLock(...given: Parameters<MemoryInstallation['keepLock']>) {
    this.step()
    const row = await super.keepLock(...given)
    this.step()
    return row
  }
}

export interface Locked {
  script: LockScript
  clock: TestClock
  installation: Killable
  phone: Phone
  phoneOn: typeof phoneOf
  work: Workspace
}

/** A worker with a household on the phone; synced, not locked. */
export async function lockBench(prepare: (script: LockScript) => void = () => undefined, phoneOn = phoneOf): Promise<Locked> {
  const script = new LockScript()
  script.put(GRID, 'household', H, { contact_person: '张三' })
  prepare(script)
  const clock = new TestClock()
  const installation = new Killable()
  const phone = phoneOn(script, clock, installation)
  const work = await phone.login('worker1', 'secret')
  await work.sync()
  return { script, clock, installation, phone, phoneOn, work }
}

/** Three changes that wait, without the network. */
export async function typed(on: Locked): Promise<string[]> {
  const seen = (await on.work.view(H))!
  const first = await on.work.update(seen, { note: '只在本机' })
  const group = await on.work.group(async (writer) => {
    await writer.update(seen, { contact_phone: '13800000001' })
    await writer.create('visit', { household: H, result: 'met' }, { scope: GRID })
  })
  return [first.change, ...group.map((one) => one.change)]
}

/** The app begins anew on what is on the phone. */
export function again(on: Locked): Phone {
  on.installation.left = null
  on.installation.crash()
  on.phone = on.phoneOn(on.script, on.clock, on.installation)
  return on.phone
}

export const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (fault: { code?: string }) => fault.code ?? String(fault),
  )

/** What the server has of the three. */
export const arrived = (on: Locked): unknown[] =>
  [...on.script.ledger.values()].map(({ change }) => change.set?.note?.to ?? change.set?.contact_phone?.to ?? change.set?.result?.to)
