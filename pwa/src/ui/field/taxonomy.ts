/** Issue classes and items as the offices keep them: rows, newest version of a code first. */
import type { RecordView, Workspace } from '@/services/workspace'
import { inLocale } from '@/ui/shared/i18n'

export interface IssueItem {
  code: string
  parent: string
  /** ordinary, major, emergency */
  level: string
  selfHandle: boolean
  /** none, optional, required: photos before and after. */
  photos: string
  version: number | null
  zh: string
  en: string
}

export interface IssueClass {
  code: string
  zh: string
  en: string
  items: IssueItem[]
}

export async function readClasses(work: Workspace): Promise<IssueClass[]> {
  const rows = (await work.list('taxonomy')).sort(byOrder)
  const items = rows.filter((row) => row.data.kind === 'issue_item').map(itemOf)
  return rows
    .filter((row) => row.data.kind === 'issue_class')
    .map((row) => ({ code: text(row, 'code'), zh: text(row, 'zh'), en: text(row, 'en'), items: items.filter((item) => item.parent === text(row, 'code')) }))
    .filter((one) => one.items.length > 0)
}

/** An item's name in the chosen language; its code where the taxonomy does not know it. */
export function itemName(classes: IssueClass[] | null, code: unknown): string {
  const item = (classes ?? []).flatMap((one) => one.items).find((one) => one.code === code)
  return item ? inLocale(item, item.code) : String(code ?? '')
}

/** Whether photos belong to an issue of this item. */
export function photoPolicy(classes: IssueClass[] | null, code: unknown): string {
  return (classes ?? []).flatMap((one) => one.items).find((one) => one.code === code)?.photos ?? 'optional'
}

function itemOf(row: RecordView): IssueItem {
  return {
    code: text(row, 'code'), zh: text(row, 'zh'), en: text(row, 'en'), parent: text(row, 'parent_code'), level: text(row, 'level'),
    selfHandle: row.data.self_handle === 'yes',
    photos: text(row, 'photo_policy') || 'optional',
    version: typeof row.data.version === 'number' ? row.data.version : null,
  }
}

const text = (row: RecordView, field: string): string => String(row.data[field] ?? '')
const byOrder = (a: RecordView, b: RecordView): number =>
  Number(a.data.order ?? 0) - Number(b.data.order ?? 0) || text(a, 'code').localeCompare(text(b, 'code'))
