import { expect, it } from 'vitest'
import type { Catalog } from './catalog'
import { offlineActions } from './workflow'

const step = (from: (string | null)[], who: string[], offline = true) => ({ from, to: 'x', who, offline, args: [] })
const catalog: Catalog = {
  schema: 1,
  min_schema: 1,
  types: {},
  roles: { worker: { code: 'GW' }, clerk: { code: 'CC' } },
  workflow: {
    issue: {
      field: 'state',
      actions: {
        verify_ok: step(['handled'], ['GW', 'CC']),
        accept: step(['submitted'], ['CC'], false),
        void: step(['submitted'], ['reporter']),
      },
    },
  },
}

it('a role of the session is found by its short code in the table of steps', () => {
  expect(offlineActions(catalog, 'issue', 'handled', ['worker'])).toEqual(['verify_ok'])
})
it('a step that needs the server is not offered', () =>
  expect(offlineActions(catalog, 'issue', 'submitted', ['clerk'])).toEqual([]))
it('what only the reporter may do is offered to the reporter', () => {
  expect(offlineActions(catalog, 'issue', 'submitted', ['worker', 'reporter'])).toEqual(['void'])
})
