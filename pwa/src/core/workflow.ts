/** Which steps a person may queue from a state; the table itself comes in the catalogue, the server decides. */
import type { ActionSpec, Catalog, WorkflowSpec } from './catalog'

/** The workflow of a type, null for types without one. */
export function workflowOf(catalog: Catalog, type: string): WorkflowSpec | null {
  const table = catalog.workflow as Record<string, Omit<WorkflowSpec, 'type'>> | null
  const found = table?.[type]
  return found ? { ...found, type } : null
}

/** Actions of the table that start in `state`, in catalogue order. */
function startingIn(workflow: WorkflowSpec, state: string | null): [string, ActionSpec][] {
  return Object.entries(workflow.actions).filter(([, action]) => action.from.includes(state))
}

/** Names of the actions that `roles` (codes of the table) may queue without the server. */
export function offlineActions(catalog: Catalog, type: string, state: string | null, roles: string[]): string[] {
  const workflow = workflowOf(catalog, type)
  if (!workflow) return []
  const allowed = startingIn(workflow, state).filter(([, a]) => a.offline && a.who.some((who) => roles.includes(who)))
  return allowed.map(([name]) => name)
}

/** Why a step cannot be queued: not possible from here, needs the server, or null when it can. */
export function stepProblem(
  catalog: Catalog,
  type: string,
  state: string | null,
  action: string,
): 'illegal_transition' | 'not_offline' | null {
  const spec = workflowOf(catalog, type)?.actions[action]
  if (!spec || !spec.from.includes(state)) return 'illegal_transition'
  return spec.offline ? null : 'not_offline'
}
