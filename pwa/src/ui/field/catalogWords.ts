/** Names of types, fields and codes as the server's catalogue gives them, in the chosen language. */
import type { Ref } from 'vue'
import type { Catalog, FieldSpec, TypeSpec } from '@/core/catalog'
import { inLocale } from '@/ui/shared/i18n'

export function catalogWords(catalog: Ref<Catalog | null>) {
  const typeOf = (type: string): TypeSpec | undefined => catalog.value?.types[type]
  const fieldOf = (type: string, field: string): FieldSpec | undefined => typeOf(type)?.fields[field]
  const typeLabel = (type: string): string => inLocale(typeOf(type)?.label, type)
  const fieldLabel = (type: string, field: string): string => inLocale(fieldOf(type, field)?.label, field)
  const codeLabel = (type: string, field: string, code: unknown): string =>
    code === null || code === undefined ? '' : inLocale(fieldOf(type, field)?.codes?.[String(code)], String(code))
  return { typeOf, fieldOf, typeLabel, fieldLabel, codeLabel }
}
