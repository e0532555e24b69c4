/** One component a kind of field. Kinds that only the server writes have none. */
import type { Component } from 'vue'
import type { Kind } from '@/core/catalog'
import BooleanField from './BooleanField.vue'
import DateField from './DateField.vue'
import EnumField from './EnumField.vue'
import LongTextField from './LongTextField.vue'
import NumberField from './NumberField.vue'
import PointField from './PointField.vue'
import SealedField from './SealedField.vue'
import SetField from './SetField.vue'
import TextField from './TextField.vue'
import TimeField from './TimeField.vue'

export const FIELD_COMPONENTS: Partial<Record<Kind, Component>> = {
  text: TextField,
  long_text: LongTextField,
  enum: EnumField,
  integer: NumberField,
  decimal: TextField,
  date: DateField,
  time: TimeField,
  boolean: BooleanField,
  point: PointField,
  set: SetField,
  sealed: SealedField,
}
