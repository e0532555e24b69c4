/**
 * Vite plugin: builds the service worker with the list of files the field app needs offline,
 * and puts a .gz beside every text file so that the server need not compress.
 *
 * The list holds `[url, integrity]`: the browser itself refuses a file whose bytes are not ours
 * (a captive portal answers everything with 200 and a page of its own).
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Plugin, type ResolvedConfig, type Rollup } from 'vite'

export interface PrecacheOptions {
  /** Source of the service worker, relative to the project's root. */
  worker: string
  /** Name of the entry whose files (static and lazy) are kept on phones. */
  entry: string
  /** A module loaded on demand whose files are kept only by who uses it; relative to the project's root. */
  later: string
}

const TEXT = /\.(html|js|css|json|svg|webmanifest|txt)$/
const HIDDEN = /(^|\/)\.|\.gz$/

export function precache(options: PrecacheOptions): Plugin {
  let config: ResolvedConfig
  let reached: string[] = []
  let later: string[] = []
  return {
    name: 'grid-precache',
    apply: 'build',
    configResolved(resolved) {
      config = resolved
    },
    writeBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((part) => part.type === 'chunk')
      const start = chunks.find((chunk) => chunk.isEntry && chunk.name === options.entry)
      if (!start) throw new Error(`no entry named ${options.entry}`)
      const apart = chunks.find((chunk) => chunk.facadeModuleId === join(config.root, options.later))
      if (!apart) throw new Error(`${options.later} is no chunk of its own`)
      reached = filesOf(bundle, start.fileName, apart.fileName)
      later = filesOf(bundle, apart.fileName).filter((file) => !reached.includes(file))
    },
    async closeBundle() {
      if (reached.length === 0) return
      const dist = resolve(config.root, config.build.outDir)
      const list = ['index.html', ...publicFiles(dist), ...reached].map((file) => listed(dist, file))
      const onUse = later.map((file) => listed(dist, file))
      await buildWorker(config, join(config.root, options.worker), list, onUse)
      for (const file of walk(dist)) if (TEXT.test(file)) compress(join(dist, file))
    },
  }
}

/** Every chunk, style and asset that a chunk can ever ask for, lazy ones included; what lies behind `but` is left out. */
function filesOf(bundle: Rollup.OutputBundle, start: string, but?: string): string[] {
  const found = new Set<string>()
  const visit = (file: string): void => {
    if (found.has(file) || file === but) return
    found.add(file)
    const part = bundle[file]
    if (part?.type !== 'chunk') return
    const meta = part.viteMetadata
    const assets = [...(meta?.importedCss ?? []), ...(meta?.importedAssets ?? []), ...workersOf(bundle, part)]
    for (const next of [...part.imports, ...part.dynamicImports, ...assets]) visit(next)
  }
  visit(start)
  return [...found]
}

/** Scripts of workers: Vite notes them nowhere, but their addresses stand in the code. */
function workersOf(bundle: Rollup.OutputBundle, chunk: Rollup.OutputChunk): string[] {
  return Object.keys(bundle).filter((file) => bundle[file]?.type === 'asset' && file.endsWith('.js') && chunk.code.includes(file))
}

/** What came from `public/`: the manifest and the icons. */
function publicFiles(dist: string): string[] {
  return walk(dist).filter((file) => file === 'manifest.webmanifest' || file.startsWith('icons/'))
}

function listed(dist: string, file: string): [string, string] {
  const hash = createHash('sha256').update(readFileSync(join(dist, file))).digest('base64')
  return [file === 'index.html' ? '/' : `/${file}`, `sha256-${hash}`]
}

async function buildWorker(config: ResolvedConfig, source: string, list: [string, string][], later: [string, string][]): Promise<void> {
  const version = createHash('sha256').update(JSON.stringify([list, later])).digest('hex').slice(0, 12)
  await build({
    configFile: false,
    root: config.root,
    logLevel: 'warn',
    publicDir: false,
    define: { __PRECACHE__: JSON.stringify(list), __LATER__: JSON.stringify(later), __VERSION__: JSON.stringify(version) },
    build: {
      target: config.build.target,
      outDir: config.build.outDir,
      emptyOutDir: false,
      lib: { entry: source, formats: ['iife'], name: 'worker', fileName: () => 'sw.js' },
    },
  })
}

function compress(path: string): void {
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }))
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => !HIDDEN.test(file))
}
