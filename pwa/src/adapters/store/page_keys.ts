/**
 * What the indexes of a page list: the columns as one text, which IndexedDB reads and writes quicker than a list of them.
 * Ids, scopes, types and states are printable, so that texts sort as their columns do one after the other.
 */
import type { Range } from '../../core/store'
import { isList, type AnyRow } from './keys'

/** Below every printable character. */
export const BETWEEN = '\n'
/** Above every character of a column. */
const GREATEST = '\uffff'

export function textOf([first, second, third]: readonly string[], row: AnyRow): string {
  if (second === undefined) return row[first] as string
  const two = row[first] + BETWEEN + row[second]
  return third === undefined ? two : two + BETWEEN + row[third]
}

const listed = (columns: readonly string[], row: AnyRow): string[] => row[columns[0].slice(1)] as string[]

/** What the index lists of these rows. */
export const textsOf = (columns: readonly string[], rows: AnyRow[]): string[] =>
  isList(columns) ? rows.flatMap((row) => listed(columns, row)) : rows.map((row) => textOf(columns, row))

/** Texts of rows whose leading columns are `is`, beyond `after` in the next one. */
export function textsBetween(columns: readonly string[], { is = [], after }: Range): IDBKeyRange {
  if (isList(columns) || is.length === columns.length) return IDBKeyRange.only(is.join(BETWEEN))
  const lead = is.map((value) => value + BETWEEN).join('')
  if (after === undefined) return IDBKeyRange.bound(lead, lead + GREATEST)
  // everything that has `after` itself lies below
  const last = is.length === columns.length - 1
  return IDBKeyRange.bound(lead + after + (last ? '' : BETWEEN + GREATEST), lead + GREATEST, true)
}

/** The same question asked of one row. */
export function fits(columns: readonly string[], { is = [], after }: Range, row: AnyRow): boolean {
  if (isList(columns)) return listed(columns, row).includes(is[0] as string)
  if (!is.every((value, at) => row[columns[at]] === value)) return false
  return after === undefined || row[columns[is.length]] > after
}

/** By these columns, in the order of IndexedDB. */
export const byColumns = (columns: readonly string[]) => (one: AnyRow, other: AnyRow): number => {
  const column = columns.find((name) => one[name] !== other[name])
  return column === undefined ? 0 : one[column] < other[column] ? -1 : 1
}
