import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

test('the driver answers each line of JSON with one line, problems by their code', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'driver-'))
  const file = join(folder, 'driver.mjs')
  const pwa = resolve(import.meta.dirname, '../..')
  const words = ['tests/driver/main.ts', '--platform', 'node', '--format', 'esm', '--file', file]
  execFileSync(join(pwa, 'node_modules/.bin/rolldown'), words, { cwd: pwa, stdio: 'ignore' })
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const asks = [
    { id: 1, do: 'phone', phone: 'a', origin: 'http://127.0.0.1:9' },
    { id: 2, do: 'login', phone: 'a', username: 'x', password: 'y' },
    { id: 3, do: 'dance', phone: 'a' },
  ]
  child.stdin.end(asks.map((ask) => JSON.stringify(ask)).join('\n') + '\n')
  const said: Record<string, unknown>[] = []
  for await (const line of createInterface({ input: child.stdout })) said.push(JSON.parse(line))
  said.sort((one, other) => Number(one.id) - Number(other.id))
  expect(said.map((one) => one.problem ?? 'ok')).toEqual(['ok', 'offline', 'error'])
  rmSync(folder, { recursive: true })
}, 30_000)
