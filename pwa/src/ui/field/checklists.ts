/** What to look at, by kind of point: rows of the taxonomy, newest version of a code first. */
import type { RecordView, Value, Workspace } from '@/services/workspace'

export type Answer = 'ok' | 'problem'

export interface CheckItem {
  code: string
  zh: string
  en: string
  /** Issue item that a fault opens, null where none was named. */
  opens: string | null
}

/** {kind of point: its items in order}. */
export async function readChecklists(work: Workspace): Promise<Map<string, CheckItem[]>> {
  const rows = (await work.list('taxonomy')).filter((row) => row.data.kind === 'checklist' && row.data.parent_code)
  const found = new Map<string, CheckItem[]>()
  for (const row of rows.sort((a, b) => Number(a.data.order ?? 0) - Number(b.data.order ?? 0))) {
    const kind = String(row.data.parent_code)
    found.set(kind, [...(found.get(kind) ?? []), itemOf(row)])
  }
  return found
}

function itemOf({ data }: RecordView): CheckItem {
  const [opens] = Array.isArray(data.tags) ? data.tags : []
  return { code: String(data.code ?? ''), zh: String(data.zh ?? ''), en: String(data.en ?? ''), opens: opens ? String(opens) : null }
}

/** Answers as a check-in keeps them: a set of `<item>=<answer>`; null where nothing was answered. */
export function packed(answers: Record<string, Answer>): string[] | null {
  const all = Object.entries(answers).map(([code, answer]) => `${code}=${answer}`)
  return all.length ? all.sort() : null
}

/** Items of a check-in that were answered with "problem". */
export function faults(check: RecordView, items: CheckItem[]): CheckItem[] {
  const given: Value[] = Array.isArray(check.data.answers) ? check.data.answers : []
  return items.filter((item) => given.includes(`${item.code}=problem`))
}
