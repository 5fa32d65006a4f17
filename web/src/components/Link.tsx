import type { ComponentChildren } from 'preact'
import { writeAddress, type View } from '../address'
import { follow } from '../search'

interface Props {
  to: View
  class?: string
  label?: string
  current?: boolean
  children: ComponentChildren
}

/** A link inside the page: a plain click stays here, every other click is the browser's. */
export function Link({ to, children, label, current, ...rest }: Props) {
  const onClick = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    follow(to)
    document.getElementById('main')?.focus({ preventScroll: true })
  }
  return (
    <a {...rest} href={writeAddress(to)} aria-label={label} aria-current={current ? 'page' : undefined} onClick={onClick}>
      {children}
    </a>
  )
}
