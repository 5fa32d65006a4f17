import { hasQuery } from '../address'
import { useStore } from '../store'

/** Tells screen readers how a search went. */
export function LiveRegion() {
  const text = useStore((state) => {
    if (state.upload && state.loading) return 'Searching with the photo'
    if (!hasQuery(state.view) || state.loading || !state.answer) return ''
    const { hits, cursor } = state.answer
    if (hits.length === 0) return 'Nothing found'
    return `${hits.length} similar ${hits.length === 1 ? 'product' : 'products'} shown${cursor ? ', there are more' : ''}`
  })
  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {text}
    </p>
  )
}
