import { useEffect, useRef } from 'preact/hooks'
import { giveKey } from '../key'
import { useStore } from '../store'

/** Asks for a key where the server wants one. */
export function KeyDialog() {
  const wanted = useStore((state) => state.keyWanted)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (wanted) dialog.current?.showModal()
  }, [wanted])
  if (!wanted) return null
  const onSubmit = (event: Event & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    const key = String(new FormData(event.currentTarget).get('key') ?? '').trim()
    if (key) giveKey(key)
  }
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="key-title" onCancel={() => giveKey(null)}>
      <form onSubmit={onSubmit}>
        <h2 id="key-title">This server wants a key</h2>
        <p>
          {wanted.refused
            ? 'The key was not right, or it was taken back. Try another one.'
            : 'Whoever runs the server has one for you. It is kept until this tab is closed.'}
        </p>
        <label>
          Key
          <input name="key" type="password" autocomplete="off" required />
        </label>
        <p class="row">
          <button class="button">Go on</button>
          <button type="button" class="quiet-button" onClick={() => giveKey(null)}>
            Not now
          </button>
        </p>
      </form>
    </dialog>
  )
}
