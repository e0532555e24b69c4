import type { FieldSpec } from '@/core/catalog'

/** What every field component gets; its value is the model. */
export interface FieldProps {
  id: string
  spec: FieldSpec
  invalid?: boolean
  /** Id of the element that tells the problem. */
  describedby?: string
}
