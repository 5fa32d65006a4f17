import { closenessLevel, closenessWord, samenessWord } from '../closeness'
import { mainValues, nameOf } from '../names'
import { show, viewOfItem } from '../search'
import { getState } from '../store'
import type { Closeness, Hit } from '../types'
import { whyOf, type Spreads } from '../why'
import { Link } from './Link'
import { Thumbnail } from './Thumbnail'

const whyWords = { shape: 'in shape', colour: 'in colour', both: 'in both' }

/** One more example, moved to the other list where it was there. */
function addExample(id: string, to: 'like' | 'unlike') {
  const { view } = getState()
  const without = (ids: string[]) => ids.filter((each) => each !== id)
  const like = without(view.like)
  const unlike = without(view.unlike)
  show(to === 'like' ? { like: [...like, id], unlike } : { like, unlike: [...unlike, id] })
}

interface Props {
  hit: Hit
  spreads: Spreads | null
  limits: Closeness | null
  eager: boolean
}

export function HitCard({ hit, spreads, limits, eager }: Props) {
  const name = nameOf(hit)
  const why = spreads && whyOf(hit, spreads)
  const same = samenessWord(hit.confidence)
  return (
    <li class="hit">
      <Link to={viewOfItem(hit.id)} class="hit-link">
        <span class="hit-photo">
          <Thumbnail address={hit.thumbnail} alt="" eager={eager} />
          {hit.photos !== undefined && hit.photos > 1 && <span class="photos">{hit.photos} photos</span>}
        </span>
        <span class="hit-name">{name}</span>
        <span class="hit-values">{mainValues(hit).join(' · ')}</span>
      </Link>
      <p class="closeness">
        {limits && (
          <span
            class="bar"
            aria-hidden="true"
            ref={(element) => element?.style.setProperty('--level', String(closenessLevel(hit.score, limits)))}
          />
        )}
        {limits && <span class="word">{closenessWord(hit.score, limits)}</span>}
        {same && <span class="same">{same}</span>}
        {why && <span class={`why ${why}`}>{whyWords[why]}</span>}
      </p>
      <p class="hit-actions">
        <button type="button" class="pill" aria-label={`More like ${name}`} title="More like this" onClick={() => addExample(hit.id, 'like')}>
          <span aria-hidden="true">+</span> More
        </button>
        <button type="button" class="pill" aria-label={`Less like ${name}`} title="Less like this" onClick={() => addExample(hit.id, 'unlike')}>
          <span aria-hidden="true">−</span> Less
        </button>
      </p>
    </li>
  )
}
