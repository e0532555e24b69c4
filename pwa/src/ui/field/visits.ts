/** What a visit brings with it: the day of the next one, and the report that a need opens. */
import { today } from '@/ui/shared/when'
import type { Values } from '@/services/workspace'

/** Days until a household that was met is due again: the service counts who was seen within half a year. */
export const NEXT_VISIT_DAYS = 180

/** `days` after `day`, YYYY-MM-DD. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10)
}

/** A visit that found everything as it is written. */
export function unchangedVisit(household: string): Values {
  return {
    household, kind: 'verify', method: 'in_person', result: 'met', unchanged: true,
    started_at: new Date().toISOString(), next_due_on: dayAfter(today(), NEXT_VISIT_DAYS),
  }
}

/** Items of the catalogue that see to a need: care at home, an errand, a call for help with the home. */
const ITEMS: Record<string, string> = { job: '0603', repair: '0603' }
const CARE = '0602'

/** The issue item for needs found on a visit; the first need decides. */
export const itemFor = (needs: string[]): string => ITEMS[needs[0] ?? ''] ?? CARE
