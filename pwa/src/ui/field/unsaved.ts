/**
 * What was typed into a form that was left without saving, or that a flat battery took: there again when the form is
 * opened again, and listed on the first page. It lies sealed in the person's store, a moment behind the typing.
 */
import { onBeforeUnmount, onMounted, shallowReactive, watch } from 'vue'
import { useRoute } from 'vue-router'
import type { Forms, UnsavedForm } from '@/services/forms'
import type { Values } from '@/services/workspace'
import { t } from '@/ui/shared/i18n'
import { headingWords } from './heading'
import { say } from './snackbar'

/** After the last letter, so that not every one is sealed. */
const WAIT_MS = 400

/** As the store has them, and what it does not have yet; by form. */
export const unsavedForms = shallowReactive(new Map<string, UnsavedForm>())
/** Forms whose latest is not on the phone: only then the browser asks before it closes the page. */
const unstored = new Set<string>()
let shelf: Forms | null = null

window.addEventListener('beforeunload', (event) => {
  if (unstored.size) event.preventDefault()
})

/** Another person opens a store: nothing typed by the one before may show. */
export function forgetUnsaved(): void {
  unsavedForms.clear()
  unstored.clear()
}

/** The open store's. What was typed while it was being locked is kept first. */
export async function bringUnsaved(forms: Forms): Promise<void> {
  shelf = forms
  await Promise.all([...unstored].map(store))
  const kept = await forms.all()
  if (shelf !== forms) return
  for (const form of [...unsavedForms.keys()]) if (!unstored.has(form)) unsavedForms.delete(form)
  for (const one of kept) if (!unstored.has(one.form)) unsavedForms.set(one.form, one)
}

async function store(form: string): Promise<void> {
  const now = unsavedForms.get(form)
  const done = now ? shelf?.keep(now) : shelf?.drop(form)
  await done?.then(
    () => unsavedForms.get(form) === now && unstored.delete(form),
    () => undefined, // no room, or locked meanwhile: it is tried again with the next letter, or when the store opens
  )
}

function put(form: string, one: UnsavedForm | null): void {
  if (one) unsavedForms.set(form, one)
  else unsavedForms.delete(form)
  unstored.add(form)
  void store(form)
}

/** null of nothing typed. */
function asForm(form: string, path: string, title: string, text: string): UnsavedForm | null {
  return text === 'null' ? null : { form, at: new Date().toISOString(), path, title, typed: JSON.parse(text) as unknown }
}

/** A report of one kind, and about what. */
export const reportForm = (item: string, about: string | null): string => `report/${item}${about ? `/${about}` : ''}`

/** Of the form that was left at this address. */
export const formAt = (path: string): string | null => [...unsavedForms.values()].find((one) => one.path === path)?.form ?? null

/** What follows `start` in the names of the forms that begin with it. */
export const formsOf = (start: string): string[] => [...unsavedForms.keys()].flatMap((form) => (form.startsWith(start) ? form.slice(start.length) : []))

/** What a form will begin with when it is opened next, as if it had been typed there. */
export function prefill(form: string, path: string, typed: Values): void {
  put(form, asForm(form, path, '', JSON.stringify(typed)))
}

/** Whether everything typed so far is kept; it waits for the last letter. */
export async function allKept(): Promise<boolean> {
  await new Promise((go) => setTimeout(go, WAIT_MS + 100))
  await Promise.all([...unstored].map(store))
  return unstored.size === 0
}

/** Takes a form off the list. Resolves at once; the way back is for an "undo". */
export function dropUnsaved(form: string): () => void {
  const one = unsavedForms.get(form) ?? null
  if (one) put(form, null)
  return () => void (one && put(form, one))
}

/** One form. It begins with `before`, then gives what is typed to `follow`. */
export function useUnsaved<T extends object>(form: string) {
  const path = useRoute().fullPath
  const before = (unsavedForms.get(form)?.typed ?? null) as T | null
  let typed = (): T | null | undefined => undefined
  /** What was saved, as text: it is not unsaved as long as it stands there. */
  let kept = ''
  let timer = 0

  const asText = (): string | undefined => JSON.stringify(typed())

  function note(): void {
    window.clearTimeout(timer)
    const now = asText()
    if (now === undefined || now === kept) return
    if (now !== 'null' || unsavedForms.has(form)) put(form, asForm(form, path, headingWords(), now))
  }
  const later = (): void => {
    window.clearTimeout(timer)
    timer = window.setTimeout(note, WAIT_MS)
  }
  whenHidden(note)
  onBeforeUnmount(() => {
    note()
    if (unsavedForms.has(form)) say(t('edit.left'))
  })
  return {
    /** What was typed before, null where nothing was. */
    before,
    /**
     * `look` gives what differs from what the form began with, nothing but JSON: null where nothing does, undefined as
     * long as the form is not ready to say.
     */
    follow(look: () => T | null | undefined): void {
      typed = look
      watch(asText, later)
    },
    /** It is saved. Gives the way back, for what could not be saved or is taken back. */
    done(): () => void {
      window.clearTimeout(timer)
      kept = asText() ?? 'null'
      const [last, title] = [kept, headingWords()]
      dropUnsaved(form)
      return () => {
        kept = ''
        put(form, asForm(form, path, title, last))
      }
    },
  }
}

/** A browser that is put aside may end without another word. */
function whenHidden(note: () => void): void {
  const hidden = (): void => void (document.visibilityState === 'hidden' && note())
  onMounted(() => document.addEventListener('visibilitychange', hidden))
  onBeforeUnmount(() => document.removeEventListener('visibilitychange', hidden))
}

/** Fields of `values` that differ from `start`; null when none does. */
export function differing(values: Values, start: Values): Values | null {
  const entries = Object.entries(values).filter(([field, value]) => JSON.stringify(value ?? null) !== JSON.stringify(start[field] ?? null))
  return entries.length ? Object.fromEntries(entries) : null
}
