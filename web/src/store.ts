// What the page knows, in one place; components look at parts of it.

import { useEffect, useState } from 'preact/hooks'
import { emptyView, type View } from './address'
import type { Closeness, Collection, CollectionListing, Facet, Hit, Item } from './types'
import type { Spreads } from './why'

/** Hits for one set of questions, as far as they were fetched. */
export interface Answer {
  hits: Hit[]
  cursor: string | null
  spreads: Spreads | null
}

export interface Failure {
  status: number
  code: string
  message: string
  details: string | null
}

/** A photo on its way to the server. */
export interface Upload {
  name: string
  /** Null: the server fetches it. */
  preview: string | null
}

export interface Product {
  item: Item
  /** All photos of the product, the one that was clicked first. */
  photos: { id: string }[]
}

export interface State {
  view: View
  collections: CollectionListing[] | null
  collection: Collection | null
  answer: Answer | null
  /** first: there is nothing to show yet; again: what is shown is of a moment ago. */
  loading: 'first' | 'again' | 'more' | null
  failure: Failure | null
  /** The start failed: nothing works. */
  startFailure: Failure | null
  limits: Closeness | null
  facets: Facet[] | null
  upload: Upload | null
  product: Product | null
  offline: boolean
  /** Somebody waits for a key; refused: the last one was wrong. */
  keyWanted: { refused: boolean } | null
}

let state: State = {
  view: emptyView,
  collections: null,
  collection: null,
  answer: null,
  loading: null,
  failure: null,
  startFailure: null,
  limits: null,
  facets: null,
  upload: null,
  product: null,
  offline: !navigator.onLine,
  keyWanted: null,
}

const listeners = new Set<() => void>()

export const getState = () => state

export function setState(change: Partial<State>) {
  state = { ...state, ...change }
  for (const listener of [...listeners]) listener()
}

/** A part of the state; the component is drawn again when it becomes another. */
export function useStore<T>(select: (state: State) => T): T {
  const [selected, setSelected] = useState(() => select(state))
  useEffect(() => {
    const update = () => setSelected(() => select(state))
    update()
    listeners.add(update)
    return () => {
      listeners.delete(update)
    }
  }, [])
  return selected
}
