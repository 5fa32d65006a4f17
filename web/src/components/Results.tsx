import { dismissUpload, follow, retry, show, viewOfStart } from '../search'
import { useStore } from '../store'
import { Chips } from './Chips'
import { ChoosePhoto } from './ChoosePhoto'
import { ColourSlider } from './ColourSlider'
import { CollapseSwitch } from './CollapseSwitch'
import { Examples } from './Examples'
import { FacetList } from './FacetList'
import { HitGrid } from './HitGrid'
import { Message } from './Message'
import { ProductPanel } from './ProductPanel'
import { QueryPanel } from './QueryPanel'

function Failed() {
  const failure = useStore((state) => state.failure)!
  const upload = useStore((state) => state.upload)
  const view = useStore((state) => state.view)
  const isGone = failure.status === 404 && !upload
  // The same photo would be refused again.
  const isBadPhoto = upload !== null && [400, 413, 415, 422].includes(failure.status)
  const back = () => (upload ? dismissUpload() : follow(viewOfStart()))
  const title = failure.status === 0 ? 'No connection' : isGone ? 'This is not here any more' : 'This did not work'
  return (
    <Message
      title={title}
      first={isBadPhoto && <ChoosePhoto class="button" text="Choose another photo" />}
      action={isBadPhoto ? undefined : isGone ? { text: 'Start again', run: back } : { text: 'Try again', run: retry }}
      other={isGone ? undefined : { text: upload ? 'Put this photo away' : 'Start again', run: back }}
    >
      <p>{failure.message}</p>
      {failure.details && <pre>{failure.details}</pre>}
      {isGone && view.query && <p>The server keeps photos that were searched with for a while only. Show it the photo once more.</p>}
      {failure.status === 422 && <p>JPEG, PNG, WebP, GIF, TIFF, BMP, HEIC and AVIF are understood.</p>}
      {failure.status === 413 && <p>A smaller copy of the photo will do: details beyond a few hundred pixels do not count.</p>}
    </Message>
  )
}

function Nothing() {
  const view = useStore((state) => state.view)
  return (
    <Message
      title="Nothing found"
      action={
        view.filters.length
          ? { text: 'Take all filters away', run: () => show({ filters: [] }) }
          : view.box
            ? { text: 'Search with the whole photo', run: () => show({ box: null }) }
            : { text: 'Start again', run: () => follow(viewOfStart()) }
      }
    >
      {view.filters.length
        ? 'No product fits all filters. Take one of them away.'
        : 'The collection has no other photo to compare with.'}
    </Message>
  )
}

export function Results() {
  const view = useStore((state) => state.view)
  const upload = useStore((state) => state.upload)
  const failure = useStore((state) => state.failure)
  const answer = useStore((state) => state.answer)
  const isProduct = view.item !== null && view.query === null && !upload
  const isOther = failure !== null && (answer === null || upload !== null)
  return (
    <div class="results">
      {isProduct && <ProductPanel />}
      <aside class="side" aria-label="How to search">
        {!isProduct && <QueryPanel />}
        <div class="knobs">
          {!upload && <Examples />}
          <ColourSlider />
          <CollapseSwitch />
        </div>
        {!upload && <FacetList />}
      </aside>
      <section class="found" aria-label="Similar products">
        {isProduct ? <h2 class="found-title">Looks like this</h2> : <h1 class="visually-hidden">Similar products</h1>}
        {!upload && <Chips />}
        {isOther ? <Failed /> : answer?.hits.length === 0 ? <Nothing /> : <HitGrid />}
        {failure && !isOther && (
          <div class="toast">
            <Failed />
          </div>
        )}
      </section>
    </div>
  )
}
