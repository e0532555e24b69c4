/** Bundles the page of peers; the peers themselves lie where scripts/bench --browser put them. */
import { resolve } from 'node:path'

const here = import.meta.dirname
const cache = resolve(here, '../../node_modules/.cache/grid')

export default {
  input: resolve(here, 'peers.mjs'),
  platform: 'browser',
  resolve: { alias: { '@': resolve(here, '../../src') }, modules: [resolve(cache, 'peers/node_modules'), 'node_modules'] },
  output: { file: resolve(cache, 'peers.js'), format: 'iife', codeSplitting: false },
}
