/**
 * Browsers write what stands in form fields to disk, to fill a page again after a crash. What is typed here is about
 * residents: every field of a template that says nothing else says `autocomplete="off"`, which also ends that.
 */
import type { CompilerOptions } from 'vue/compiler-sfc'

type Transform = NonNullable<CompilerOptions['nodeTransforms']>[number]

const FIELDS = ['input', 'textarea', 'select']
/** Kinds of nodes, as the compiler numbers them. */
const TEXT = 2
const ATTRIBUTE = 6

export const forgetful: Transform = (node) => {
  if (!('tag' in node) || !FIELDS.includes(node.tag)) return
  if (node.props.some((one) => one.type === ATTRIBUTE && one.name === 'autocomplete')) return
  const { loc } = node
  const value = { type: TEXT, content: 'off', loc }
  node.props.push({ type: ATTRIBUTE, name: 'autocomplete', nameLoc: loc, value, loc } as (typeof node.props)[number])
}
