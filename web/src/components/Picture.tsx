import { useEffect, useState } from 'preact/hooks'
import { getBlob, hasKey } from '../api'

interface Props {
  src: string
  /** Twice as fine. */
  src2x?: string
  alt: string
  class?: string
  eager?: boolean
  onReady?: () => void
}

/** A picture of the server. With a key its bytes are asked for, as an <img> sends none. */
export function Picture({ src, src2x, alt, eager, onReady, ...rest }: Props) {
  const needsKey = hasKey() && src.startsWith('/')
  const [blob, setBlob] = useState<string | null>(null)
  const [failedSrc, setFailedSrc] = useState<string | null>(null)
  useEffect(() => {
    if (!needsKey) return
    const controller = new AbortController()
    let url: string | null = null
    getBlob(src, controller.signal)
      .then((bytes) => setBlob((url = URL.createObjectURL(bytes))))
      .catch(() => controller.signal.aborted || setFailedSrc(src))
    return () => {
      controller.abort()
      setBlob(null)
      if (url) URL.revokeObjectURL(url)
    }
  }, [src, needsKey])
  if (failedSrc === src) {
    return <span class={`no-picture ${rest.class ?? ''}`} role="img" aria-label={alt || undefined} aria-hidden={!alt}>no picture</span>
  }
  const shown = needsKey ? blob : src
  if (!shown) return <span class={`skeleton ${rest.class ?? ''}`} />
  return (
    <img
      {...rest}
      src={shown}
      srcset={src2x && !needsKey ? `${src} 1x, ${src2x} 2x` : undefined}
      alt={alt}
      loading={eager ? undefined : 'lazy'}
      decoding="async"
      draggable={false}
      onLoad={onReady}
      onError={() => setFailedSrc(src)}
    />
  )
}
