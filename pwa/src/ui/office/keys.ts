/** Single keys that work wherever nobody is typing. */
import { onBeforeUnmount, onMounted } from 'vue'

/** `actions` by `KeyboardEvent.key`. */
export function useKeys(actions: Record<string, () => void>): void {
  function pressed(pressing: KeyboardEvent): void {
    if (pressing.ctrlKey || pressing.metaKey || pressing.altKey || pressing.isComposing) return
    if (isTyping(pressing.target) || !actions[pressing.key]) return
    pressing.preventDefault()
    actions[pressing.key]!()
  }
  onMounted(() => window.addEventListener('keydown', pressed))
  onBeforeUnmount(() => window.removeEventListener('keydown', pressed))
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
}
