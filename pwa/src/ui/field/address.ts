/** How a place is written: `东关小区 3-2-501`. */
import type { RecordView } from '@/services/workspace'
import { t } from '@/ui/shared/i18n'

type Place = Pick<RecordView, 'data'> | null | undefined

/** `3-2-501`: building, unit, room, as far as known. */
export function roomOf(building: Place, dwelling: Place): string {
  const parts = [building?.data.building_no, dwelling?.data.unit_no, dwelling?.data.room_no]
  return parts.filter((part) => part !== null && part !== undefined && part !== '').join('-')
}

/** `东关小区 3 号楼`. */
export function buildingName(building: Place): string {
  return [building?.data.estate, buildingNumber(building)].filter(Boolean).join(' ')
}

/** `3 号楼`; a name that is no number stays as it is. */
export function buildingNumber(building: Place): string {
  const no = String(building?.data.building_no ?? '')
  return /^\d+$/.test(no) ? t('place.building_no', { no }) : no
}

export function addressOf(building: Place, dwelling: Place): string {
  return [building?.data.estate, roomOf(building, dwelling)].filter(Boolean).join(' ')
}

const order = new Intl.Collator('zh-CN', { numeric: true })

/** Numbers as numbers: `2` before `10`. */
export const inOrder = (a: string, b: string): number => order.compare(a, b)

/** By address with numbers as numbers: `2-1-101` before `10-1-101`. */
export function byAddress(a: Sortable, b: Sortable): number {
  return order.compare(keyOf(a), keyOf(b))
}

type Sortable = RecordView | { address: string }

function keyOf(of: Sortable): string {
  return 'address' in of ? of.address : buildingName(of)
}
