import { useEffect, useRef } from 'preact/hooks'
import { loadMore, pageSize } from '../search'
import { useStore } from '../store'
import { HitCard } from './HitCard'

function Skeletons({ count }: { count: number }) {
  return (
    <ul class="hits" aria-hidden="true">
      {Array.from({ length: count }, (_, i) => (
        <li key={i} class="hit">
          <span class="hit-photo skeleton" />
          <span class="skeleton line" />
          <span class="skeleton line short" />
        </li>
      ))}
    </ul>
  )
}

/** Begins before the end is seen. */
const early = '800px'

/** Who goes through the hits key by key shall come to their end, and to the button there. */
const isOnKeyboard = () => document.querySelector('.hits :focus-visible') !== null

function More() {
  const loading = useStore((state) => state.loading)
  const failed = useStore((state) => state.failure !== null)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!button.current || failed) return
    const observer = new IntersectionObserver(
      (entries) => entries.some((each) => each.isIntersecting) && !isOnKeyboard() && void loadMore(),
      { rootMargin: early },
    )
    observer.observe(button.current)
    return () => observer.disconnect()
  })
  const onClick = async () => {
    const known = document.querySelectorAll('.hits .hit').length
    await loadMore()
    document.querySelectorAll<HTMLElement>('.hits .hit-link')[known]?.focus()
  }
  return (
    <p class="more">
      <button ref={button} type="button" class="quiet-button" onClick={() => void onClick()} aria-disabled={loading === 'more'}>
        {loading === 'more' ? 'Looking…' : 'Show more'}
      </button>
    </p>
  )
}

export function HitGrid() {
  const answer = useStore((state) => state.answer)
  const loading = useStore((state) => state.loading)
  const limits = useStore((state) => state.limits)
  const collection = useStore((state) => state.collection)
  if (!answer || !collection) return <Skeletons count={pageSize / 2} />
  return (
    <>
      <ul class="hits" aria-busy={loading === 'again'}>
        {answer.hits.map((hit, i) => (
          <HitCard key={hit.id} hit={hit} spreads={answer.spreads} limits={limits} eager={i < 8} />
        ))}
      </ul>
      {answer.cursor && <More />}
      {!answer.cursor && answer.hits.length > pageSize && <p class="hint end">That is all.</p>}
    </>
  )
}
