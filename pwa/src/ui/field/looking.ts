/** Before a form is saved: what is wrong stops it, what only looks wrong is asked about once. */
import { nextTick } from 'vue'
import { t } from '@/ui/shared/i18n'
import type { Problems } from '../fields/checks'
import { say } from './snackbar'

/** Gives a function that says whether to save now, and otherwise shows where to look. */
export function useLooking(): (problems: Problems) => boolean {
  let asked = ''
  return ({ bad, doubtful }) => {
    const about = doubtful.join()
    if (!bad.length && (!about || about === asked)) return true
    asked = bad.length ? '' : about
    say(t(bad.length ? 'edit.look' : 'edit.look_again'))
    void nextTick(() => document.getElementById(`field-${bad[0] ?? doubtful[0]}`)?.scrollIntoView({ block: 'center' }))
    return false
  }
}
