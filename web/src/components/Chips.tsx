import { filterToText } from '../address'
import { toggled } from '../filters'
import { attributeTitle } from '../names'
import { show } from '../search'
import { useStore } from '../store'

/** The filters that are on; a click takes one away. */
export function Chips() {
  const filters = useStore((state) => state.view.filters)
  if (filters.length === 0) return null
  return (
    <ul class="chips" aria-label="Filters">
      {filters.map((filter) => (
        <li key={filterToText(filter)}>
          <button
            type="button"
            class="chip"
            aria-label={`Remove filter ${attributeTitle(filter.attribute)}: ${filter.value}`}
            onClick={() => show({ filters: toggled(filters, filter) })}
          >
            {filter.value} <span class="cross" aria-hidden="true">×</span>
          </button>
        </li>
      ))}
      {filters.length > 1 && (
        <li>
          <button type="button" class="link-button" onClick={() => show({ filters: [] })}>
            Clear all
          </button>
        </li>
      )}
    </ul>
  )
}
