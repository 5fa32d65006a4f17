import { searchAddress } from './transfer'

/** The address of a picture on the web. */
export function PhotoAddress() {
  const onSubmit = (event: Event & { currentTarget: HTMLFormElement }) => {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget).get('address') ?? '').trim()
    if (text) searchAddress(text)
  }
  return (
    <form class="address" onSubmit={onSubmit}>
      <label class="visually-hidden" for="address">
        Address of a picture
      </label>
      <input id="address" name="address" type="url" inputMode="url" required pattern="https?://.+" placeholder="https://… address of a picture" />
      <button class="quiet-button">Search</button>
    </form>
  )
}
