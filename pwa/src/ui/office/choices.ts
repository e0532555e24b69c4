/** What may be chosen for an item, in the order of the keys 1, 2, 3. */
import { FIELD_COMPONENTS } from '../fields/table'
import type { FieldSpec } from '@/core/catalog'
import type { Conflict, Item } from './types'
import { w, type OfficeKey } from './words'

export interface Choice {
  key: '1' | '2' | '3'
  /** What the server is told; `type` opens the form for another value. */
  choose: 'current' | 'incoming' | 'type' | 'keep' | 'delete' | 'merge' | 'apply' | 'drop'
  into?: string
  label: string
}

export function choicesOf(item: Item, spec?: FieldSpec): Choice[] {
  if (item.kind === 'incident' || item.state !== 'open') return []
  if (item.kind !== 'conflict') {
    const drop = choice('2', 'drop', 'choice.drop')
    return item.change?.op === 'resolve' ? [drop] : [choice('1', 'apply', 'choice.apply'), drop]
  }
  return ofConflict(item, spec)
}

/** A sealed number is not typed at a desk: whoever saw the paper types it on his phone. */
function ofConflict(item: Conflict, spec?: FieldSpec): Choice[] {
  if (item.conflict_kind === 'field') {
    const two = [choice('1', 'current', 'choice.current'), choice('2', 'incoming', 'choice.incoming')]
    return spec && spec.kind !== 'sealed' && FIELD_COMPONENTS[spec.kind] ? [...two, choice('3', 'type', 'choice.other')] : two
  }
  if (item.conflict_kind === 'duplicate') return ofDuplicate(item)
  return [choice('1', 'keep', 'choice.keep'), choice('2', 'delete', 'choice.delete')]
}

/** The two become one only where both can be seen. */
function ofDuplicate(item: Conflict): Choice[] {
  const both = choice('3', 'keep', 'choice.both')
  if (!item.twin_row || !item.record) return [both]
  return [
    { ...choice('1', 'merge', 'choice.into_existing'), into: item.twin_row.id },
    { ...choice('2', 'merge', 'choice.into_new'), into: item.record },
    both,
  ]
}

const choice = (key: Choice['key'], choose: Choice['choose'], label: OfficeKey): Choice => ({ key, choose, label: w(label) })
