"""What a phone holds, read as the app itself can read it: every database, with the boxes opened."""

from typing import Any

from playwright.sync_api import Page

# A box is 12 bytes of nonce and AES-GCM ciphertext; what it belongs to ("table:id") is authenticated with it.
READ = """
async () => {
  const open = (name) => new Promise((done, failed) => {
    const asked = indexedDB.open(name)
    asked.onsuccess = () => done(asked.result)
    asked.onerror = () => failed(asked.error)
  })
  const all = (db, table) => new Promise((done, failed) => {
    const asked = db.transaction(table).objectStore(table).getAll()
    asked.onsuccess = () => done(asked.result)
    asked.onerror = () => failed(asked.error)
  })
  const unbox = async (key, table, row) => {
    const box = new Uint8Array(row.box)
    const usual = `${row.sealed ? 'picture' : table}:${row.id ?? row.key}`
    const about = new TextEncoder().encode(/^(block|form):/.test(row.key ?? '') ? row.key : usual)
    const how = { name: 'AES-GCM', iv: box.slice(0, 12), additionalData: about }
    return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(how, key, box.slice(12))))
  }
  const phone = await open('grid-phone')
  const keys = new Map((await all(phone, 'keys')).map((one) => [one.id, one.key]))
  phone.close()
  const held = {}
  for (const [user, key] of keys) {
    const db = await open(`grid-${user}`)
    held[user] = {}
    for (const name of db.objectStoreNames) {
      const table = name.replace('_pages', '')
      const kept = await all(db, name)
      const rows = name === table ? kept : kept.flatMap((page) => page.rows)
      held[user][table] = await Promise.all(rows.map(async (row) => {
        const { box, ...columns } = row
        return { ...columns, said: box && table !== 'files' ? await unbox(key, table, row) : null }
      }))
    }
    db.close()
  }
  return held
}
"""

RAW = """
async () => {
  const answer = (asked) => new Promise((done) => (asked.onsuccess = () => done(asked.result)))
  const parts = []
  const show = (value) => {
    if (value instanceof Uint8Array || value instanceof ArrayBuffer) {
      parts.push(new TextDecoder('latin1').decode(new Uint8Array(value)))
    } else if (value && typeof value === 'object') {
      for (const [name, one] of Object.entries(value)) show(name), show(one)
    } else parts.push(String(value))
  }
  for (const { name } of await indexedDB.databases()) {
    const db = await answer(indexedDB.open(name))
    for (const table of db.objectStoreNames) show(await answer(db.transaction(table).objectStore(table).getAll()))
    db.close()
  }
  return parts.join('\\n')
}
"""


def read(page: Page) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """{user id: {table: rows}}; a row's columns, and under `said` what its box holds."""
    return page.evaluate(READ)


def raw(page: Page) -> str:
    """Every byte of every database as text, the boxes left closed."""
    return page.evaluate(RAW)


def scopes_of(rows: list[dict]) -> set[str]:
    return {row["scope"] for row in rows}
