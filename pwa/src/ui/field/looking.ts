/** Before a form is saved: what is wrong stops it, what only looks wrong is asked about once. */
import { nextTick } from 'vue'
import { t } from '@/ui/shared/i18n'
import type { Problems } from '../fields/checks'
import { say } from './snackbar'

/** Gives a function that says whether to save now, and otherwise shows where to look. */
export function useLooking(): (problems: Problems) => boolean {
  /** Doubts that were shown; another value in the same field is another one. */
  const asked = new Set<string>()
  return ({ bad, doubtful }) => {
    const unasked = doubtful.filter((doubt) => !asked.has(JSON.stringify(doubt)))
    if (!bad.length && !unasked.length) return true
    if (!bad.length) unasked.forEach((doubt) => asked.add(JSON.stringify(doubt)))
    say(t(bad.length ? 'edit.look' : 'edit.look_again'))
    void nextTick(() => document.getElementById(`field-${bad[0] ?? unasked[0]!.field}`)?.scrollIntoView({ block: 'center' }))
    return false
  }
}
