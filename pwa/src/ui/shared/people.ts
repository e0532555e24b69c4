/** How people are named beside a value: oneself as "me", others by name where the phone knows it. */
import { ref, shallowRef } from 'vue'
import { t } from './i18n'

/** Id of the person whose store is open. */
export const me = ref<string | null>(null)

/** Names of people at work in the same community, by user id. */
export const colleagues = shallowRef<Map<string, string>>(new Map())

/** A person behind an id alone; '' where this phone knows none. */
export const personOf = (id: string): string => (id === me.value || colleagues.value.has(id) ? nameOf({ id }) : '')

export function nameOf(by: { id?: string; name?: string } | null | undefined): string {
  if (by?.id && by.id === me.value) return t('person.me')
  return by?.name ?? colleagues.value.get(by?.id ?? '') ?? t('person.colleague')
}
