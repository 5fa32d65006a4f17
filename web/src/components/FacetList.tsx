import { useState } from 'preact/hooks'
import type { Filter } from '../address'
import { isSame, toggled, usefulFacets, withChosen } from '../filters'
import { attributeTitle } from '../names'
import { show } from '../search'
import { useStore } from '../store'
import type { Facet } from '../types'
import { useWide } from './useWide'

const fewValues = 6
const mostFacets = 8

function FacetGroup({ facet, chosen }: { facet: Facet; chosen: Filter[] }) {
  const [isOpen, setOpen] = useState(false)
  const isChosen = (value: string) => chosen.some((each) => isSame(each, { attribute: facet.attribute, value }))
  const values = isOpen ? facet.values : facet.values.filter(({ value }, i) => i < fewValues || isChosen(value))
  const hidden = facet.values.length - values.length
  return (
    <fieldset class="facet">
      <legend>{attributeTitle(facet.attribute)}</legend>
      {values.map(({ value, count }) => (
        <label key={value} class="facet-value">
          <input
            type="checkbox"
            checked={isChosen(value)}
            onChange={() => show({ filters: toggled(chosen, { attribute: facet.attribute, value }) })}
          />
          <span class="facet-name">{value}</span>
          <span class="count">{count}</span>
        </label>
      ))}
      {(hidden > 0 || isOpen) && facet.values.length > fewValues && (
        <button type="button" class="link-button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Fewer' : `${hidden} more`}
        </button>
      )}
    </fieldset>
  )
}

/** Attributes to choose by, with how many items each choice would leave. */
export function FacetList() {
  const facets = useStore((state) => state.facets)
  const chosen = useStore((state) => state.view.filters)
  const isWide = useWide()
  const useful = usefulFacets(facets ?? [], chosen).slice(0, mostFacets)
  if (useful.length === 0) return null
  const groups = useful.map((facet) => (
    <FacetGroup key={facet.attribute} facet={withChosen(facet, chosen)} chosen={chosen} />
  ))
  if (isWide) return <div class="facets">{groups}</div>
  return (
    <details class="facets">
      <summary>Filters{chosen.length > 0 && ` (${chosen.length})`}</summary>
      {groups}
    </details>
  )
}
