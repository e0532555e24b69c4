/** What a waiting change wanted, line by line in words. */
import type { Value, Values } from '@/core/change'
import { inLocale } from '@/ui/shared/i18n'
import { useNames } from './naming'
import { useSession } from './session'
import type { Parked } from './types'
import { officeWordsFor, w } from './words'

export interface Line {
  label: string
  /** What the author saw; null where he saw nothing. */
  from: string | null
  to: string
}

export function useWanted() {
  const session = useSession()
  const names = useNames()
  const typeOf = (item: Parked): string | null => item.change?.type ?? item.record_type

  /** `新增走访`, `删除事件`, with the action's name for a step. */
  function headline(item: Parked): string {
    const change = item.change
    if (!change?.op) return w('wanted.unreadable')
    const what = names.typeLabel(typeOf(item))
    if (change.transition) {
      const step = session.catalog?.workflow[change.type ?? '']?.actions[change.transition.action]?.label
      return w('wanted.step', { what, step: inLocale(step, w('wanted.unknown_step')) })
    }
    if (change.resolve) return w('wanted.resolve', { chosen: officeWordsFor('chosen', change.resolve.choose) ?? w('wanted.unknown_step') })
    return w('wanted.headline', { op: officeWordsFor('op', change.op) ?? change.op, what })
  }

  function line(item: Parked, field: string, to: Value | undefined, from: Value | undefined = null): Line {
    const spec = names.specOf(typeOf(item), field)
    const saw = from === null ? null : names.valueWords(from, spec, field)
    return { label: names.fieldLabel(typeOf(item), field), from: saw, to: names.valueWords(to, spec, field) }
  }

  function members(item: Parked, given: Record<string, Value[]> | undefined, key: 'wanted.add' | 'wanted.remove'): Line[] {
    const lines = Object.entries(given ?? {}).map(([field, values]) => line(item, field, values))
    return lines.map((one) => ({ ...one, label: w(key, { field: one.label }) }))
  }

  function lines(item: Parked): Line[] {
    const { set, add, remove, move, transition } = item.change ?? {}
    const patches = Object.entries(set ?? {}).map(([field, patch]) => line(item, field, patch?.to, patch?.from))
    const way = move ? `${names.areaName(move.from)} → ${names.areaName(move.to)}` : ''
    const moved = move ? [{ label: w('wanted.to_area'), from: null, to: way }] : []
    return [...patches, ...members(item, add, 'wanted.add'), ...members(item, remove, 'wanted.remove'), ...moved, ...argumentsOf(transition?.args)]
  }

  function argumentsOf(given: Values | undefined): Line[] {
    return Object.entries(given ?? {}).map(([name, value]) => ({ label: officeWordsFor('argument', name) ?? name, from: null, to: names.valueWords(value) }))
  }

  return { headline, lines }
}
