/** Which steps a person may queue from a state; the table itself comes in the catalogue, the server decides. */
import type { ActionSpec, Catalog, WorkflowSpec } from './catalog'

/** A record that never had a step stands here. */
const FIRST_STATE = 'draft'

/** The workflow of a type, null for types without one. */
export const workflowOf = (catalog: Catalog, type: string): WorkflowSpec | null => catalog.workflow?.[type] ?? null

const startsIn = (action: ActionSpec, state: string | null): boolean => action.from.includes(state ?? FIRST_STATE)
const queueable = (action: ActionSpec): boolean => action.offline && action.available !== false

/** The short code a step's `who` uses for a role; "reporter" and unknown roles stand for themselves. */
const codeOf = (catalog: Catalog, role: string): string => catalog.roles?.[role]?.code ?? role

/** Names of the actions that a person with these `roles` may queue or ask for without the server. */
export function offlineActions(catalog: Catalog, type: string, state: string | null, roles: string[]): string[] {
  const actions = Object.entries(workflowOf(catalog, type)?.actions ?? {})
  const codes = roles.map((role) => codeOf(catalog, role))
  const mine = (action: ActionSpec): boolean =>
    [...action.who, ...(action.wish ?? [])].some((who) => codes.includes(who))
  return actions.filter(([, one]) => startsIn(one, state) && queueable(one) && mine(one)).map(([name]) => name)
}

/** Why a step cannot be queued: not possible from here, needs the server, or null when it can. */
export function stepProblem(
  catalog: Catalog,
  type: string,
  state: string | null,
  action: string,
): 'illegal_transition' | 'not_offline' | null {
  const spec = workflowOf(catalog, type)?.actions[action]
  if (!spec || !startsIn(spec, state)) return 'illegal_transition'
  return queueable(spec) ? null : 'not_offline'
}
