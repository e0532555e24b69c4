/** Random work on two stores side by side, every answer compared. Run by Vitest, and by a real browser (tests/e2e). */
import type { BaseRow, Key, MembershipRow, Reader, Store, Writing } from '../src/core/store'

const TYPES = ['household', 'issue', 'visit']
const SCOPES = ['grid:1', 'grid:2']
const TABLES = ['base', 'memberships'] as const

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

class Dice {
  constructor(private readonly random: () => number) {}
  upTo = (most: number): number => Math.floor(this.random() * (most + 1))
  of = <T>(list: readonly T[]): T => list[this.upTo(list.length - 1)]
  chance = (part: number): boolean => this.random() < part
  id = (): string => `r${this.upTo(120)}`
  ids = (most: number): string[] => Array.from({ length: this.upTo(most) }, this.id)
}

const baseOf = (dice: Dice, id: string): BaseRow => ({
  ...{ id, type: dice.of(TYPES), scope: dice.of(SCOPES), status: dice.of(['', 'open']), rev: `${dice.upTo(9)}`, ver: dice.upTo(9) },
  ...{ timeline: 't', refs: [...new Set(dice.ids(2))], at: '', orphan: 0, v: 1, box: new Uint8Array([dice.upTo(255)]) },
})
const memberOf = (dice: Dice, id: string): MembershipRow => ({ scope: dice.of(SCOPES), id, rev: `${dice.upTo(9)}`, run: '' })
const memberKey = (dice: Dice, id: string): Key => [dice.of(SCOPES), id]

type Work = (tx: Writing) => Promise<unknown>

/** One change, made from the dice before it runs, so that both stores get the same. */
function change(dice: Dice): Work {
  const ids = dice.ids(dice.of([2, 60]))
  if (dice.chance(0.5)) {
    const rows = ids.map((id) => baseOf(dice, id))
    const members = ids.map((id) => memberOf(dice, id))
    return (tx) => Promise.all([tx.put('base', rows), tx.put('memberships', members)])
  }
  const keys = ids.map((id) => memberKey(dice, id))
  return (tx) => Promise.all([tx.remove('base', ids), tx.remove('memberships', keys)])
}

/** Every kind of question, with its answer. */
async function ask(tx: Reader, dice: Dice): Promise<unknown[]> {
  const [id, type, scope, limit] = [dice.id(), dice.of(TYPES), dice.of(SCOPES), dice.of([undefined, 0, 1, 7, 40])]
  const [after, backwards, ids] = [dice.of([undefined, dice.id()]), dice.chance(0.3), dice.ids(30)]
  const most = { limit, backwards }
  return [
    await tx.get('base', id),
    await tx.getMany('base', ids),
    await tx.getMany('memberships', ids.map((one): Key => [scope, one])),
    await tx.range('base', 'key', { after, ...most }),
    await tx.range('base', 'type', { is: [type], after, ...most }),
    await tx.range('base', 'type', { after: type, ...most }),
    await tx.range('base', 'status', { is: [type, 'open'], after, ...most }),
    await tx.range('base', 'status', { is: [type], after: '', ...most }),
    await tx.range('base', 'status', { is: [type], ...most }),
    await tx.range('base', 'scope', { is: [scope], after, ...most }),
    await tx.range('base', 'ref', { is: [id] }),
    await tx.range('memberships', 'key', { is: [scope], after, ...most }),
    await tx.range('memberships', 'id', { is: [id] }),
    await tx.count('base'),
    await tx.count('base', 'type', [type]),
    await tx.count('base', 'status', [type, 'open']),
    await tx.count('base', 'ref', [id]),
    await tx.count('memberships'),
    await tx.count('memberships', 'key', [scope]),
    await tx.count('memberships', 'id', [id]),
  ]
}

/**
 * The same random transactions on both, some of which fail at their end, and the same questions inside and after each.
 * Resolves to what the first question was that they answered differently, or null.
 */
export async function difference(one: Store, other: Store, seed: number, transactions: number): Promise<string | null> {
  const random = randomOf(seed)
  for (let nth = 0; nth < transactions; nth++) {
    const made = new Dice(random)
    const [works, asked, fails] = [Array.from({ length: 1 + made.upTo(2) }, () => change(made)), made.upTo(1e9), made.chance(0.1)]
    const run = async (store: Store): Promise<unknown[]> => {
      const answers: unknown[] = []
      await store
        .write([...TABLES], async (tx) => {
          for (const work of works) await work(tx)
          answers.push(await ask(tx, new Dice(randomOf(asked))))
          if (fails) throw new Error('on purpose')
        })
        .catch((fault: Error) => answers.push(fault.message))
      answers.push(await store.read([...TABLES], (tx) => ask(tx, new Dice(randomOf(asked + 1)))))
      return answers
    }
    const [mine, others] = [(await run(one)).flat(), (await run(other)).flat()].map((answers) => answers.map((answer) => JSON.stringify(answer)))
    const at = mine.findIndex((answer, which) => answer !== others[which])
    if (at >= 0) return `seed ${seed}, transaction ${nth}, answer ${at}:\n${mine[at]}\n${others[at]}`
  }
  return null
}
