/** Writing a new household with the building and dwelling it needs, as one group. */
import type { RecordView, Values, Workspace, Written } from '@/services/workspace'

export interface NewHousehold {
  scope: string
  /** Id of a building held here, or null for a new one with `estate` and `building_no`. */
  building: string | null
  newBuilding: Values
  dwelling: Values
  household: Values
}

export interface Typed {
  building: string
  unit: string
  room: string
  name: string
}

/** `3-2-501` or `张三` as typed into the search becomes the first values of the form. */
export function fromTyped(folded: string): Typed {
  const address = /(?:^|\s)(\d+)(?:-(\d+))?-(\d+)-?(?:\s|$)/.exec(folded)
  const name = !address && /^\p{Script=Han}[\p{L}·\s]+$/u.test(folded) ? folded : ''
  return { building: address?.[1] ?? '', unit: address?.[2] ?? '', room: address?.[3] ?? '', name }
}

/** The dwelling of the same address, if there is one. */
export function sameDwelling(dwellings: RecordView[], values: Values): RecordView | null {
  const key = (data: Values): string => [data.building, data.unit_no ?? '', data.room_no ?? ''].join('/')
  return dwellings.find((one) => key(one.data) === key(values)) ?? null
}

/** Resolves to the id of the household. */
export async function writeHousehold(work: Workspace, made: NewHousehold): Promise<{ id: string; written: Written[] }> {
  const options = { scope: made.scope }
  const building = made.building ?? work.newId()
  const existing = made.building ? sameDwelling(await work.list('dwelling', { parent: made.building }), { ...made.dwelling, building }) : null
  const dwelling = existing?.id ?? work.newId()
  const id = work.newId()
  const written = await work.group(async (writer) => {
    if (!made.building) await writer.create('building', made.newBuilding, { ...options, id: building })
    if (!existing) await writer.create('dwelling', { ...made.dwelling, building }, { ...options, id: dwelling })
    await writer.create('household', { ...made.household, dwelling }, { ...options, id })
  })
  return { id, written }
}
