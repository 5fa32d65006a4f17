// Chips of the page <-> the server's filter language (docs/filters.md).

import type { Filter } from './address'
import type { Facet } from './types'

const quoted = (text: string) => `'${text.replace(/'/g, "''")}'`

/** Values of one attribute are alternatives; different attributes must all fit. */
export function filterExpression(filters: Filter[]): string {
  const byAttribute = new Map<string, string[]>()
  for (const { attribute, value } of filters) {
    byAttribute.set(attribute, [...(byAttribute.get(attribute) ?? []), value])
  }
  return [...byAttribute]
    .map(([attribute, values]) =>
      values.length === 1
        ? `${quoted(attribute)}=${quoted(values[0]!)}`
        : `${quoted(attribute)} IN (${values.map(quoted).join(',')})`,
    )
    .join(' AND ')
}

export const isSame = (a: Filter, b: Filter) => a.attribute === b.attribute && a.value === b.value

export function toggled(filters: Filter[], filter: Filter): Filter[] {
  return filters.some((each) => isSame(each, filter))
    ? filters.filter((each) => !isSame(each, filter))
    : [...filters, filter]
}

const mostValues = 60

/**
 * What is worth choosing by: attributes with few values first. One that nearly every item has a
 * value of its own in (a name, a number) is left out, unless it is chosen by.
 */
export function usefulFacets(facets: Facet[], chosen: Filter[]): Facet[] {
  const isChosen = (facet: Facet) => chosen.some((filter) => filter.attribute === facet.attribute)
  return facets
    .filter((facet) => {
      if (isChosen(facet)) return true
      if (facet.distinct < 2 || facet.distinct > mostValues) return false
      return facet.items < 20 || facet.distinct * 2 <= facet.items
    })
    .sort((a, b) => a.distinct - b.distinct || a.attribute.localeCompare(b.attribute))
}

/** A chosen value that counts nothing any more still has to be seen, to be taken away. */
export function withChosen(facet: Facet, chosen: Filter[]): Facet {
  const missing = chosen.filter(
    (filter) =>
      filter.attribute === facet.attribute && !facet.values.some((each) => each.value === filter.value),
  )
  if (missing.length === 0) return facet
  return { ...facet, values: [...facet.values, ...missing.map(({ value }) => ({ value, count: 0 }))] }
}
