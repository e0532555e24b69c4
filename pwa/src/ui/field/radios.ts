/** Arrow keys go from one choice to the next. They only move: some choices save at once. */
const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }

export function arrowsBetweenRadios(): void {
  document.addEventListener('keydown', (event) => {
    const radio = event.target instanceof Element ? event.target.closest<HTMLElement>('[role=radio]') : null
    const step = STEPS[event.key]
    if (!radio || !step) return
    const all = [...(radio.closest('[role=radiogroup]')?.querySelectorAll<HTMLElement>('[role=radio]') ?? [])]
    event.preventDefault()
    all[(all.indexOf(radio) + step + all.length) % all.length]?.focus()
  })
}
