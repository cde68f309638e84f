/** Moves the focus through the links of a list; enters at the current one, else at the first. */
export function moveFocus(list: HTMLElement | null, way: 'next' | 'previous'): void {
  if (list === null) return
  const links = [...list.querySelectorAll<HTMLElement>('a')]
  const focused = links.findIndex((link) => link === document.activeElement)
  if (focused >= 0) {
    links[focused + (way === 'next' ? 1 : -1)]?.focus()
    return
  }
  const current = links.findIndex((link) => link.getAttribute('aria-current') === 'page')
  links[current < 0 ? 0 : current + (way === 'next' ? 1 : -1)]?.focus()
}
