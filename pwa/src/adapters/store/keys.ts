/** Columns of the store's indexes as IndexedDB's key paths and ranges. */
import { INDEXES, type Range, type TableName } from '../../core/store'

export type AnyRow = Record<string, IDBValidKey>

export const indexesOf = (table: TableName): [string, readonly string[]][] => Object.entries(INDEXES[table])
export const columnsOf = (table: TableName, index: string): readonly string[] =>
  (INDEXES[table] as Record<string, readonly string[]>)[index]

const bare = (column: string): string => column.replace('*', '')
/** Whether the index names each member of a list by itself. */
export const isList = (columns: readonly string[]): boolean => columns[0].startsWith('*')
export const pathOf = (columns: readonly string[]): string | string[] => (columns.length === 1 ? bare(columns[0]) : [...columns])
export const nameOf = (columns: readonly string[]): string => (columns.length === 1 ? bare(columns[0]) : `[${columns.join('+')}]`)

const LEAST = -Infinity
/** Beyond every key; a new one each time, because a key must not hold the same array twice. */
const greatest = (): IDBValidKey => [[]]

/** Rows whose leading columns are `is`, beyond `after` in the next one. */
export function keysOf(columns: readonly string[], query: Range): IDBKeyRange {
  const is: IDBValidKey[] = query.is ?? []
  if (isList(columns)) return IDBKeyRange.only(is[0])
  const open = columns.length - is.length
  const lowest = Array.from({ length: open }, (_, at): IDBValidKey => {
    if (query.after === undefined) return LEAST
    return at === 0 ? query.after : greatest() // everything that has `after` itself lies below
  })
  const lower = [...is, ...lowest]
  const upper = [...is, ...Array.from({ length: open }, greatest)]
  const beyond = query.after !== undefined
  return columns.length === 1 ? IDBKeyRange.bound(lower[0], upper[0], beyond) : IDBKeyRange.bound(lower, upper, beyond)
}
