/** What was used last on this phone, to be offered first: item codes and building ids, nothing about people. */
const LENGTH = 6

export const recentBuildings = (): string[] => read('grid.recent_buildings')
export const rememberBuilding = (id: string): void => push('grid.recent_buildings', id)
export const recentItems = (): string[] => read('grid.recent_items')
export const rememberItem = (code: string): void => push('grid.recent_items', code)

function read(key: string): string[] {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '[]') as string[]
  } catch {
    return []
  }
}

function push(key: string, value: string): void {
  localStorage.setItem(key, JSON.stringify([value, ...read(key).filter((one) => one !== value)].slice(0, LENGTH)))
}
