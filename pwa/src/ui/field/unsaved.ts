/**
 * What was typed into a form that was left without saving: there again when the form is opened again.
 * In memory only, because it is not sealed; the browser asks before it closes a page that holds any.
 */
import { onBeforeUnmount, onMounted } from 'vue'
import type { Values } from '@/services/workspace'
import { t } from '@/ui/shared/i18n'
import { say } from './snackbar'

const left = new Map<string, Values>()

/** Another person opens a store: nothing typed by the one before may show. */
export function forgetUnsaved(): void {
  left.clear()
}

/** What a form will begin with when it is opened next, as if it had been typed there. */
export function prefill(key: string, typed: Values): void {
  left.set(key, typed)
}

/** `typed` gives what differs from what the form began with. Call `done` once it is saved. */
export function useUnsaved(key: string, typed: () => Values) {
  let saved = false
  const dirty = (): boolean => !saved && Object.keys(typed()).length > 0
  const warn = (event: BeforeUnloadEvent): void => {
    if (dirty()) event.preventDefault()
  }
  onMounted(() => window.addEventListener('beforeunload', warn))
  onBeforeUnmount(() => {
    window.removeEventListener('beforeunload', warn)
    if (!dirty()) return void left.delete(key)
    left.set(key, typed())
    say(t('edit.left'))
  })
  return {
    /** What was typed before, null where nothing was. */
    before: left.get(key) ?? null,
    done: (): void => {
      saved = true
    },
  }
}

/** Fields of `values` that differ from `start`. */
export function differing(values: Values, start: Values): Values {
  const entries = Object.entries(values).filter(([field, value]) => JSON.stringify(value ?? null) !== JSON.stringify(start[field] ?? null))
  return Object.fromEntries(entries)
}
