/**
 * Words on the screen. Chinese is in the first load, English comes when asked for.
 * A key without a translation shows in Chinese, never as an empty place.
 */
import { ref } from 'vue'
import type { Words } from '@/core/catalog'
import zh from '../locales/zh-CN.json'

export type Locale = 'zh-CN' | 'en'
export type Key = keyof typeof zh
export type Params = Record<string, string | number>

const tables: Record<Locale, Record<string, string>> = { 'zh-CN': { ...zh }, en: {} }
const current = ref<Locale>('zh-CN')

/** The words of `key` with `{name}` replaced from `params`. */
export function t(key: Key, params: Params = {}): string {
  return fill(tables[current.value][key] ?? tables['zh-CN'][key] ?? key, params)
}

/** Words of a code that the server gave (`reason.` + `forbidden`), or null where we have none. */
export function wordsFor(prefix: string, code: string, params: Params = {}): string | null {
  const key = `${prefix}.${code}`
  const text = tables[current.value][key] ?? tables['zh-CN'][key]
  return text === undefined ? null : fill(text, params)
}

/** The catalogue brings both languages with it. */
export function inLocale(words: Words | null | undefined, fallback = ''): string {
  if (!words) return fallback
  return (current.value === 'en' ? words.en : words.zh) || words.zh || fallback
}

export function locale(): Locale {
  return current.value
}

export async function setLocale(next: Locale): Promise<void> {
  if (next === 'en') Object.assign(tables.en, (await import('../locales/en.json')).default)
  current.value = next
  document.documentElement.lang = next
}

/** `{name}` in a text replaced from `params`. */
export function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole))
}
