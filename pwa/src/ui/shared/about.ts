/** What the deployment says of itself, as last heard: kept for pages that are opened without a network. */
import { reactive } from 'vue'
import { readAbout } from '@/services/about'

const KEY = 'grid.about'

export const about = reactive({ filing_number: '', track_days: 30, ...kept() })

/** Asks again; without an answer what was heard before stands. */
export async function refreshAbout(): Promise<void> {
  const heard = await readAbout()
  if (!heard) return
  Object.assign(about, heard)
  localStorage.setItem(KEY, JSON.stringify(heard))
}

function kept(): Partial<{ filing_number: string; track_days: number }> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as object
  } catch {
    return {}
  }
}
