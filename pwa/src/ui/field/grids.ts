/** Which grid something is in, for people who hold several. */
import type { Workspace } from '@/services/workspace'

/** Names of this person's grids by scope; none where there is one alone, which goes without saying. */
export async function gridNames(work: Workspace): Promise<Map<string, string>> {
  const held = work.grants().filter((grant) => grant.scope.startsWith('grid:') && !grant.revoked_at).map((grant) => grant.scope)
  if (held.length < 2) return new Map()
  return new Map((await work.list('area')).filter((area) => held.includes(area.scope)).map((area) => [area.scope, String(area.data.name ?? '')]))
}
