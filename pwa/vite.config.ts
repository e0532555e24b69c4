/** Two entries: the field app (precached on phones) and the office (never precached). */
import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import manifest from './package.json' with { type: 'json' }
import { forgetful } from './build/forgetful.ts'
import { precache } from './build/precache.ts'

const server = process.env.GRID_SERVER ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [vue({ template: { compilerOptions: { nodeTransforms: [forgetful] } } }), precache({ worker: 'src/sw/worker.ts', entry: 'field', later: 'src/ui/map/drawing.ts' })],
  resolve: { alias: { '@': resolve(import.meta.dirname, 'src') } },
  define: {
    __APP_VERSION__: JSON.stringify(manifest.version),
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  build: {
    target: ['chrome87', 'safari14'],
    cssTarget: ['chrome87', 'safari14'],
    manifest: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2048, // tests/build.test.ts holds the budgets
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: {
        field: resolve(import.meta.dirname, 'index.html'),
        office: resolve(import.meta.dirname, 'office/index.html'),
      },
      output: {
        // Pages that lead to one another are one file: the service worker lists each file with its hash.
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'settings', test: /field\/pages\/(About|History|Me|Phone|Pin)Page/ },
            { name: 'members', test: /field\/(pages\/(Merge|MoveOut|NewHousehold|NewResident|Split)Page|parts\/(HeadChoice|MemberChoice|RelationRows|SameAddress|SamePerson)|groups\.ts|newHousehold\.ts)/ },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': server } },
})
