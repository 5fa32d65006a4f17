import { useEffect, useState } from 'preact/hooks'
import { getSample } from '../api'
import { altOf, nameOf } from '../names'
import { viewOfItem } from '../search'
import { useStore } from '../store'
import type { Item } from '../types'
import { ChoosePhoto } from './ChoosePhoto'
import { Link } from './Link'
import { PhotoAddress } from './PhotoAddress'
import { Thumbnail } from './Thumbnail'

const shelfSize = 18

function newSeed() {
  return Math.floor(Math.random() * 1e9)
}

/** The shelf is the same after "back". */
let seed = newSeed()

function Shelf() {
  const collection = useStore((state) => state.collection)
  const [items, setItems] = useState<Item[] | null>(null)
  const [round, setRound] = useState(0)
  useEffect(() => {
    let isWanted = true
    setItems(null)
    if (collection) {
      getSample(collection.name, shelfSize, seed)
        .then((found) => isWanted && setItems(found))
        .catch(() => isWanted && setItems([]))
    }
    return () => {
      isWanted = false
    }
  }, [collection?.name, round])
  if (items?.length === 0) return null
  const others = () => {
    seed = newSeed()
    setRound(round + 1)
  }
  return (
    <section class="shelf" aria-labelledby="shelf-title">
      <div class="shelf-head">
        <h2 id="shelf-title">Or begin with one of these</h2>
        <button type="button" class="quiet-button" onClick={others}>
          Show others
        </button>
      </div>
      <ul class="shelf-items">
        {items
          ? items.map((item, i) => (
              <li key={item.id}>
                <Link to={viewOfItem(item.id)} class="tile">
                  <Thumbnail address={item.thumbnail} alt={altOf(item)} eager={i < 6} />
                  <span class="tile-name" aria-hidden="true">
                    {nameOf(item)}
                  </span>
                </Link>
              </li>
            ))
          : Array.from({ length: shelfSize }, (_, i) => (
              <li key={i} aria-hidden="true">
                <span class="tile">
                  <span class="skeleton" />
                  <span class="tile-name">&nbsp;</span>
                </span>
              </li>
            ))}
      </ul>
    </section>
  )
}

export function Start() {
  return (
    <div class="start">
      <section class="drop-area" aria-labelledby="start-title">
        <h1 id="start-title">What else looks like this?</h1>
        <p class="lead">
          <span class="for-mouse">Drop a photo anywhere on this page, or paste one.</span>
          <span class="for-touch">Show a photo, and see the products that look like it.</span>
        </p>
        <div class="row">
          <ChoosePhoto class="button" text="Choose a photo" />
          <ChoosePhoto class="button for-touch" text="Take a photo" camera />
        </div>
        <PhotoAddress />
      </section>
      <Shelf />
    </div>
  )
}
