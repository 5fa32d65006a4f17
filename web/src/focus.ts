// Where the focused element goes away (a chip that is removed, a hit that becomes an example), the
// keyboard goes on at its neighbour in the list instead of at the top of the page.

interface Place {
  element: Element
  list: Element | null
  index: number
}

export function keepFocus(page: HTMLElement) {
  let last: Place | null = null
  page.addEventListener('focusin', (event) => {
    const element = event.target as Element
    const entry = element.closest('li')
    const list = entry?.parentElement ?? null
    last = { element, list, index: list ? [...list.children].indexOf(entry!) : -1 }
  })
  new MutationObserver(() => {
    if (!last || last.element.isConnected || document.activeElement !== document.body) return
    const { list, index } = last
    last = null
    const neighbour = list?.isConnected ? list.children[Math.min(index, list.children.length - 1)] : null
    const next = neighbour?.querySelector<HTMLElement>('a, button') ?? document.getElementById('main')
    next?.focus({ preventScroll: true })
  }).observe(page, { childList: true, subtree: true })
}
