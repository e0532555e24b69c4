/**
 * The same 10,000 households in four local stores of one page: this app's (every row sealed), plain Dexie,
 * PouchDB and RxDB. tests/bench/browser.py bundles it and calls `window.peers`. Times in ms.
 */
import Dexie from 'dexie'
import { openDB } from 'idb'
import PouchDB from 'pouchdb-browser'
import { createRxDatabase } from 'rxdb'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { boxesUnder, newDeviceKey } from '../../src/adapters/crypto'
import { IndexedDbStore } from '../../src/adapters/store/indexeddb'
import { sealRow } from '../../src/core/sync/rows'
import { Blocks } from '../../src/services/blocks'
import { readAllViews } from '../../src/services/records'
import { empty, entriesOf, put } from '../../src/ui/field/corpus'
import { initialsOf } from '../../src/ui/field/initials'
import { pack, unpack } from '../../src/ui/field/packing'
import { find } from '../../src/ui/field/search'

const SURNAMES = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧']
const GIVEN = [...'伟强磊军洋勇杰涛超明刚平辉鹏华飞鑫波斌宇']
const NOTE = '门铃在左侧，平时下午五点以后有人；已提醒楼道内不要停放电动车充电。希望社区协助联系家电维修和上门理发。'
const PAGE = 1_000
const SCOPE = 'grid:00000000-0000-7000-8000-000000000001'

/** Household-like records with Chinese text, some 600 bytes each; the same at every run. */
function rowsOf(count) {
  return Array.from({ length: count }, (_, n) => ({
    id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    contact_person: SURNAMES[n % SURNAMES.length] + GIVEN[(n * 7) % GIVEN.length] + GIVEN[(n * 13) % GIVEN.length],
    contact_phone: `199${String(n * 7919).padStart(8, '0').slice(-8)}`,
    address_text: `山东省济南市历下区解放东路${n % 90}号泉城花园${n % 50}号楼${n % 4}单元${n % 30}室`,
    note: NOTE, declared_count: n % 5, e_bike: n % 3, household_type: 'family', preferred_contact: 'visit', moved_in_on: '2015-03-01',
  }))
}

const clock = async (work) => {
  const start = performance.now()
  const found = await work()
  return [performance.now() - start, found]
}
const chunks = (rows) => Array.from({ length: Math.ceil(rows.length / PAGE) }, (_, at) => rows.slice(at * PAGE, (at + 1) * PAGE))
const holds = (row, query) => row.contact_person.includes(query) || row.contact_phone.includes(query)

const sealedOf = (boxes, part) =>
  Promise.all(part.map(({ id, ...data }) => sealRow(boxes, { id, type: 'household', scope: SCOPE, live: true, rev: '0'.repeat(16), ver: 1, schema: 1, data }, 't', null)))

/** What no store can go below that seals each row: the same rows sealed, put without an index or a membership. */
async function floor(rows, name) {
  const boxes = boxesUnder(await newDeviceKey())
  const db = await openDB(name, 1, { upgrade: (made) => void made.createObjectStore('rows', { keyPath: 'id' }) })
  const [took] = await clock(async () => {
    for (const part of chunks(rows)) {
      const sealed = await sealedOf(boxes, part)
      const tx = db.transaction('rows', 'readwrite')
      for (const row of sealed) void tx.store.put(row)
      await tx.done
    }
  })
  db.close()
  return took
}

const STORES = {
  async app(name) {
    const [store, boxes] = [await IndexedDbStore.open(name), boxesUnder(await newDeviceKey())]
    const blocks = new Blocks(store, boxes)
    await store.write(['cursors'], (tx) => tx.put('cursors', [{ scope: SCOPE, state: 'ready', cursor: '', live: 0, digest: '' }]))
    let entries = []
    return {
      async load(rows) {
        for (const part of chunks(rows)) {
          const sealed = await sealedOf(boxes, part)
          await store.write(['base', 'memberships'], async (tx) => {
            await tx.put('base', sealed)
            await tx.put('memberships', sealed.map(({ id, rev }) => ({ scope: SCOPE, id, rev, run: '' })))
          })
        }
      },
      /** Every row opened, as after an app that was ended before it kept its block. */
      async anew() {
        const held = empty()
        await readAllViews({ store, boxes, catalog: () => null }, 'household', (views) => views.forEach((view) => put(held, view)))
        entries = entriesOf(held, initialsOf)
        await blocks.keep(1, await blocks.stamps(), () => pack(entries))
      },
      async ready() {
        const { parts } = await blocks.read(1)
        entries = parts.flatMap(({ scope, part }) => unpack(scope, part))
      },
      search: async (query) => find(entries, query).length,
      close: () => store.close(),
    }
  },
  async dexie(name) {
    const db = new Dexie(name)
    db.version(1).stores({ rows: 'id' })
    await db.open()
    return {
      load: async (rows) => { for (const part of chunks(rows)) await db.table('rows').bulkPut(part) },
      search: async (query) => db.table('rows').filter((row) => holds(row, query)).count(),
      close: () => db.close(),
    }
  },
  async pouchdb(name) {
    const db = new PouchDB(name, { auto_compaction: true })
    return {
      load: async (rows) => { for (const part of chunks(rows)) await db.bulkDocs(part.map(({ id, ...row }) => ({ _id: id, ...row }))) },
      search: async (query) => (await db.allDocs({ include_docs: true })).rows.filter(({ doc }) => holds(doc, query)).length,
      close: () => db.destroy(),
    }
  },
  async rxdb(name) {
    const db = await createRxDatabase({ name, storage: getRxStorageDexie(), multiInstance: false })
    const text = { type: 'string' }
    const properties = { id: { type: 'string', maxLength: 40 }, contact_person: text, contact_phone: text, address_text: text, note: text, declared_count: { type: 'number' }, e_bike: { type: 'number' }, household_type: text, preferred_contact: text, moved_in_on: text }
    const { rows: held } = await db.addCollections({ rows: { schema: { version: 0, primaryKey: 'id', type: 'object', properties } } })
    return {
      load: async (rows) => { for (const part of chunks(rows)) await held.bulkInsert(part) },
      search: async (query) => (await held.find({ selector: { $or: [{ contact_person: { $regex: query } }, { contact_phone: { $regex: query } }] } }).exec()).length,
      close: () => db.remove(),
    }
  },
}

/** One store's round: {load, anew, ready, search (median of the queries), hits}. */
async function round(kind, count, queries, name) {
  const store = await STORES[kind](name)
  const [load] = await clock(() => store.load(rowsOf(count)))
  const [anew] = await clock(async () => store.anew?.())
  const [ready] = await clock(async () => store.ready?.())
  const times = []
  const hits = []
  for (const query of queries) {
    const [time, found] = await clock(() => store.search(query))
    times.push(time)
    hits.push(found)
  }
  await store.close()
  return { load, anew, ready, search: times.sort((a, b) => a - b)[Math.floor(times.length / 2)], hits }
}

/** Two characters of a name each. */
const queries = [0, 7, 11, 19, 23, 31].map((n) => rowsOf(40)[n].contact_person.slice(0, 2))
window.peers = { kinds: Object.keys(STORES), round: (kind, count, name) => round(kind, count, queries, name), floor: (count, name) => floor(rowsOf(count), name) }
