/**
 * Addresses without what a person typed. A browser keeps addresses in clear (history, open tabs, icons), so a name
 * that is searched for stands in them as a number whose words are in memory only; a reload forgets them.
 */
import { parseQuery, stringifyQuery, type LocationQuery, type LocationQueryRaw } from 'vue-router'

/** Parameters that hold typed text. */
const TYPED = ['q', 'typed']
const words: string[] = []

export function stringify(query: LocationQueryRaw = {}): string {
  const shown = { ...query }
  for (const name of TYPED) if (typeof shown[name] === 'string' && shown[name]) shown[name] = hidden(shown[name])
  return stringifyQuery(shown)
}

export function parse(search: string): LocationQuery {
  const query = parseQuery(search)
  for (const name of TYPED) {
    const at = /^~(\d+)$/.exec(String(query[name] ?? ''))?.[1]
    if (at !== undefined) query[name] = words[Number(at)] ?? ''
  }
  return query
}

function hidden(text: string): string {
  const known = words.indexOf(text)
  return `~${known < 0 ? words.push(text) - 1 : known}`
}
