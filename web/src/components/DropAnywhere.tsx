import { useEffect, useRef, useState } from 'preact/hooks'
import { hasPhoto, searchTransfer } from './transfer'

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches('input:not([type=range]):not([type=checkbox]), textarea, select')

/** Photos may be dropped anywhere on the page, and pasted. */
export function DropAnywhere() {
  const [isOver, setOver] = useState(false)
  const depth = useRef(0)
  useEffect(() => {
    const controller = new AbortController()
    const on = <K extends keyof WindowEventMap>(name: K, handle: (event: WindowEventMap[K]) => void) =>
      window.addEventListener(name, handle, { signal: controller.signal })
    const leave = () => {
      depth.current = 0
      setOver(false)
    }
    on('dragenter', (event) => {
      if (!event.dataTransfer || !hasPhoto(event.dataTransfer)) return
      event.preventDefault()
      ++depth.current
      setOver(true)
    })
    on('dragover', (event) => {
      if (event.dataTransfer && hasPhoto(event.dataTransfer)) event.preventDefault()
    })
    on('dragleave', () => {
      if (--depth.current <= 0) leave()
    })
    on('drop', (event) => {
      leave()
      if (!event.dataTransfer || isTyping(event.target)) return
      event.preventDefault()
      searchTransfer(event.dataTransfer)
    })
    on('paste', (event) => {
      if (!event.clipboardData) return
      const hasFile = event.clipboardData.files.length > 0
      if (isTyping(event.target) && !hasFile) return
      if (searchTransfer(event.clipboardData)) event.preventDefault()
    })
    return () => controller.abort()
  }, [])
  if (!isOver) return null
  return (
    <div class="drop-overlay" aria-hidden="true">
      <p>Drop the photo to search with it</p>
    </div>
  )
}
