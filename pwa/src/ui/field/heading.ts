/** On a new page the focus goes to its heading, so that a screen reader says where one is and Tab goes on from there. */

/** True from a change of page until the person does something: the heading may come, or be replaced, meanwhile. */
let expected = false

export function expectHeading(): void {
  expected = true
  for (const sign of ['keydown', 'pointerdown']) window.addEventListener(sign, () => (expected = false), { once: true, capture: true })
}

/** Called by each heading that appears. A field that took the focus by itself keeps it. */
export function meetHeading(heading: HTMLElement | null): void {
  if (expected && !document.activeElement?.matches('input, textarea, select')) focusHeading(heading)
}

/** What stands above the page. */
export const headingWords = (): string =>
  [...document.querySelectorAll('.head > h1, .head > h1 + p')].map((one) => one.textContent).filter(Boolean).join(' · ')

export function focusHeading(heading: HTMLElement | null): void {
  heading?.setAttribute('tabindex', '-1')
  heading?.focus({ preventScroll: true })
}
