import { useState } from 'preact/hooks'
import { itemPath } from '../api'
import { altOf, attributeTitle, nameOf } from '../names'
import { searchWithItemPhoto } from '../search'
import { useStore } from '../store'
import { Picture } from './Picture'
import { Thumbnail } from './Thumbnail'

const isWeb = (link: string) => /^https?:\/\//.test(link)

/** A product: its photos and what is known about it. */
export function ProductPanel() {
  const product = useStore((state) => state.product)
  const collection = useStore((state) => state.collection)
  const failure = useStore((state) => state.failure)
  const [chosen, setChosen] = useState<string | null>(null)
  if (!product || !collection) {
    if (failure) return null
    return (
      <section class="product" aria-hidden="true">
        <div class="product-photos">
          <span class="product-photo skeleton" />
        </div>
        <div class="product-text">
          <span class="skeleton line" />
          <span class="skeleton line short" />
        </div>
      </section>
    )
  }
  const { item, photos } = product
  const name = nameOf(item)
  const shown = photos.find((each) => each.id === chosen)?.id ?? item.id
  const address = itemPath(collection.name, shown)
  const attributes = Object.entries(item.attributes).filter(([, value]) => value !== name && value !== '')
  return (
    <section class="product" aria-labelledby="product-name">
      <div class="product-photos">
        <div class="product-photo">
          <Picture key={shown} src={`${address}/image`} alt={altOf(item)} eager />
        </div>
        {photos.length > 1 && (
          <ul class="examples" aria-label="Photos of this product">
            {photos.map(({ id }, i) => (
              <li key={id}>
                <button type="button" class="example" aria-label={`Photo ${i + 1} of ${photos.length}`} aria-pressed={id === shown} onClick={() => setChosen(id)}>
                  <Thumbnail address={`${itemPath(collection.name, id)}/thumbnail`} alt="" small />
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      <div class="product-text">
        <h1 id="product-name">{name}</h1>
        <dl class="attributes">
          {attributes.map(([key, value]) => (
            <div key={key}>
              <dt>{attributeTitle(key)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
          <div>
            <dt>Item</dt>
            <dd>{item.id}</dd>
          </div>
        </dl>
        <p class="row">
          {item.link && isWeb(item.link) && (
            <a class="button" href={item.link} rel="noreferrer">
              To the shop
            </a>
          )}
          <button type="button" class="quiet-button" onClick={() => void searchWithItemPhoto(`${address}/image`)}>
            Search with a part of this photo
          </button>
        </p>
      </div>
    </section>
  )
}
