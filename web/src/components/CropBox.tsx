import { useRef, useState } from 'preact/hooks'
import { afterKey, isWhole, moved, resized, smallestSide, spanned, wholePhoto, type Grip } from '../crop'
import { show } from '../search'
import { useStore } from '../store'
import type { Box } from '../types'
import { Picture } from './Picture'

const grips: [string, Grip][] = [
  ['nw', { top: true, left: true }],
  ['ne', { top: true, right: true }],
  ['sw', { bottom: true, left: true }],
  ['se', { bottom: true, right: true }],
]

const percent = (share: number) => `${share * 100}%`

function place(element: HTMLElement | null, box: Box) {
  if (!element) return
  element.style.left = percent(box.x)
  element.style.top = percent(box.y)
  element.style.width = percent(box.width)
  element.style.height = percent(box.height)
}

/** Says where the box is, for those who do not see it. */
function inWords(box: Box): string {
  const side = (share: number, names: [string, string, string]) =>
    share < 0.4 ? names[0] : share > 0.6 ? names[2] : names[1]
  const across = side(box.x + box.width / 2, ['left', 'middle', 'right'])
  const down = side(box.y + box.height / 2, ['top', 'middle', 'bottom'])
  const size = box.width * box.height
  return `${size > 0.6 ? 'large' : size > 0.2 ? 'middling' : 'small'} part, ${down} ${across}`
}

/** The photo, and the part of it that counts: dragged, resized, drawn anew, or moved with arrow keys. */
export function CropBox({ src }: { src: string }) {
  const box = useStore((state) => state.view.box)
  const [canCrop, setCanCrop] = useState(false)
  const frame = useRef<HTMLDivElement>(null)
  const shown = box ?? wholePhoto
  const set = (next: Box | null) => show({ box: isWhole(next) ? null : next }, 'replace')

  const onPointerDown = (event: PointerEvent & { currentTarget: HTMLDivElement }) => {
    if (event.button !== 0 || !frame.current) return
    const target = event.target as HTMLElement
    const area = frame.current.getBoundingClientRect()
    const at = (each: PointerEvent) => [(each.clientX - area.left) / area.width, (each.clientY - area.top) / area.height] as const
    const [x0, y0] = at(event)
    const start = shown
    const grip = grips.find(([name]) => name === target.dataset.grip)?.[1]
    const draws = !grip && (target.dataset.grip !== 'move' || isWhole(box))
    if (draws && event.pointerType === 'touch') return // a finger on the photo scrolls the page
    event.preventDefault()
    frame.current.setPointerCapture(event.pointerId)
    const mine = new AbortController()
    const onMove = (move: PointerEvent) => {
      if (move.pointerId !== event.pointerId) return
      const [x, y] = at(move)
      if (draws) {
        if (Math.abs(x - x0) < smallestSide / 2 && Math.abs(y - y0) < smallestSide / 2) return
        set(spanned(Math.max(0, x0), Math.max(0, y0), Math.min(1, x), Math.min(1, y)))
      } else {
        set(grip ? resized(start, grip, x - x0, y - y0) : moved(start, x - x0, y - y0))
      }
    }
    const listener = frame.current
    listener.addEventListener('pointermove', onMove, { signal: mine.signal })
    for (const name of ['pointerup', 'pointercancel'] as const) {
      listener.addEventListener(name, () => mine.abort(), { signal: mine.signal })
    }
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      set(null)
      event.preventDefault()
      return
    }
    // Of the whole photo nothing can be moved: the first key takes a smaller part.
    const next = afterKey(isWhole(box) && !event.shiftKey ? { x: 0.1, y: 0.1, width: 0.8, height: 0.8 } : shown, event.key, event.shiftKey)
    if (!next) return
    event.preventDefault()
    set(next)
  }

  return (
    <>
      <div ref={frame} class={`crop ${canCrop ? 'can-crop' : ''} ${box ? 'cropped' : ''}`} onPointerDown={canCrop ? onPointerDown : undefined}>
        <Picture src={src} alt="The photo that is searched with" eager onReady={() => setCanCrop(true)} />
        {canCrop && (
          <div
            ref={(element) => place(element, shown)}
            class="crop-box"
            data-grip="move"
            data-testid="crop"
            tabIndex={0}
            role="group"
            aria-roledescription="crop box"
            aria-label={`The part of the photo that counts: ${box ? inWords(box) : 'all of it'}. Arrow keys move it, with Shift they resize it, Escape takes the whole photo.`}
            onKeyDown={onKeyDown}
          >
            {grips.map(([name]) => (
              <span key={name} class={`grip ${name}`} data-grip={name} />
            ))}
          </div>
        )}
      </div>
      {canCrop && (
        <p class="hint">
          {box ? (
            <button type="button" class="link-button" onClick={() => set(null)}>
              Use the whole photo
            </button>
          ) : (
            <>
              <span class="for-mouse">Drag on the photo to search with a part of it.</span>
              <span class="for-touch">Drag a corner to search with a part.</span>
            </>
          )}
        </p>
      )}
    </>
  )
}
