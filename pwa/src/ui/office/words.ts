/** The office's own words, in files of their own: a phone never loads them. Shared words come from `shared/i18n`. */
import en from '../locales/office.en.json'
import zh from '../locales/office.zh-CN.json'
import { fill, locale, type Params } from '@/ui/shared/i18n'

export type OfficeKey = keyof typeof zh
const tables: Record<string, Record<string, string>> = { 'zh-CN': zh, en }

/** The words of `key` with `{name}` replaced from `params`. */
export function w(key: OfficeKey, params: Params = {}): string {
  return fill(tables[locale()]![key] ?? zh[key], params)
}

/** Words of a code that the server gave, or null where we have none. */
export function officeWordsFor(prefix: string, code: string, params: Params = {}): string | null {
  const text = tables[locale()]![`${prefix}.${code}`]
  return text === undefined ? null : fill(text, params)
}
