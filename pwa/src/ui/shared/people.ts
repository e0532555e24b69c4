/** How people are named beside a value: oneself as "me", others by name where the phone knows it. */
import { ref } from 'vue'
import { t } from './i18n'

/** Id of the person whose store is open. */
export const me = ref<string | null>(null)

export function nameOf(by: { id?: string; name?: string } | null | undefined): string {
  if (by?.id && by.id === me.value) return t('person.me')
  return by?.name ?? t('person.colleague')
}
