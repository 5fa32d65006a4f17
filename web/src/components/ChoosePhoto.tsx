import { useRef } from 'preact/hooks'
import { searchPhoto } from '../search'

interface Props {
  text: string
  class?: string
  /** Opens the camera of a phone. */
  camera?: boolean
}

/** A button that opens the chooser of files, or the camera. */
export function ChoosePhoto({ text, camera, ...rest }: Props) {
  const input = useRef<HTMLInputElement>(null)
  const onChange = (event: Event & { currentTarget: HTMLInputElement }) => {
    const photo = event.currentTarget.files?.[0]
    if (photo) void searchPhoto(photo)
    event.currentTarget.value = '' // the same photo may be chosen again
  }
  return (
    <>
      <button type="button" {...rest} onClick={() => input.current?.click()}>
        {text}
      </button>
      <input
        ref={input}
        type="file"
        accept="image/*"
        capture={camera ? 'environment' : undefined}
        hidden
        data-testid={camera ? 'camera' : 'file'}
        onChange={onChange}
      />
    </>
  )
}
