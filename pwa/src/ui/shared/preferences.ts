/** Language, theme and text size of this phone: not of a person, and nothing personal. */
import { reactive } from 'vue'
import { setLocale, type Locale } from './i18n'

export type Theme = 'system' | 'light' | 'dark'
export type TextSize = 'normal' | 'large'

interface Preferences {
  locale: Locale
  theme: Theme
  size: TextSize
  /** Minutes until a phone with a PIN locks itself. */
  lockAfter: number
}

const KEY = 'grid.preferences'
const dark = window.matchMedia('(prefers-color-scheme: dark)')

export const preferences = reactive<Preferences>({ locale: 'zh-CN', theme: 'system', size: 'normal', lockAfter: 5, ...stored() })

/** Takes effect at once and is kept for the next start. */
export async function prefer(change: Partial<Preferences>): Promise<void> {
  Object.assign(preferences, change)
  localStorage.setItem(KEY, JSON.stringify(preferences))
  await applyPreferences()
}

export async function applyPreferences(): Promise<void> {
  const night = preferences.theme === 'dark' || (preferences.theme === 'system' && dark.matches)
  document.documentElement.dataset.theme = night ? 'dark' : 'light'
  document.documentElement.dataset.size = preferences.size
  document.documentElement.classList.toggle('van-theme-dark', night)
  await setLocale(preferences.locale)
}

dark.addEventListener('change', () => void applyPreferences())

function stored(): Partial<Preferences> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>
  } catch {
    return {}
  }
}
