import type { ComponentChildren } from 'preact'

interface Props {
  title: string
  children?: ComponentChildren
  action?: { text: string; run: () => void }
  other?: { text: string; run: () => void }
  /** A first thing to do that is more than a button. */
  first?: ComponentChildren
}

/** What happened and what can be done, in the place of what would be there. */
export function Message({ title, children, action, other, first }: Props) {
  return (
    <section class="message" role="status">
      <h2>{title}</h2>
      <div class="message-text">{children}</div>
      <p>
        {first}
        {action && (
          <button type="button" class="button" onClick={action.run}>
            {action.text}
          </button>
        )}
        {other && (
          <button type="button" class="quiet-button" onClick={other.run}>
            {other.text}
          </button>
        )}
      </p>
    </section>
  )
}
