/** Turns a choice into a change and holds it. */
import { uuid7 } from '@/core/id'
import { systemClock } from '@/adapters/clock'
import { systemRandom } from '@/adapters/random'
import type { SettlingChange } from './api'
import type { Choice } from './choices'
import { useNames } from './naming'
import { useSession } from './session'
import type { Item } from './types'
import { useUnsent } from './unsent'
import { w } from './words'

export function useSettling() {
  const session = useSession()
  const unsent = useUnsent()
  const names = useNames()

  /** `value` only where another one was typed. */
  function settle(item: Item, choice: Pick<Choice, 'choose' | 'label' | 'into'>, value?: unknown): void {
    if (item.kind === 'incident') return
    const resolve = { choose: choice.choose === 'type' ? 'other' : choice.choose, ...(choice.into ? { into: choice.into } : {}), ...(value !== undefined ? { value } : {}) }
    const change: SettlingChange = {
      id: uuid7(systemClock, systemRandom),
      op: 'resolve',
      type: item.kind === 'conflict' ? 'conflict' : 'parked',
      record: item.id,
      scope: item.scope,
      schema: session.catalog!.schema,
      base: { rev: item.rev, timeline: session.timeline },
      at: { wall: systemClock.now(), offset_ms: null },
      resolve,
    }
    unsent.hold({ change, kind: item.kind, title: titleWithField(item), chosen: choice.choose === 'type' ? w('chosen.other') : choice.label })
  }

  function titleWithField(item: Item): string {
    const field = item.kind === 'conflict' && item.field ? names.fieldLabel(item.record_type, item.field) : ''
    return [names.itemTitle(item), field].filter(Boolean).join(' · ')
  }

  return { settle }
}
