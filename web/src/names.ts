// What a product is called, from whatever attributes its source gave.

import type { Attributes } from './types'

const nameAttributes = ['productDisplayName', 'name', 'title', 'product_name', 'productName', 'label']
const kindAttributes = ['articleType', 'type', 'product_type', 'productType', 'subCategory', 'category']

function valueOf(attributes: Attributes, names: string[]): [string, string] | null {
  for (const name of names) {
    const wanted = name.toLowerCase()
    for (const [key, value] of Object.entries(attributes)) {
      if (key.toLowerCase() === wanted && value.trim()) return [key, value]
    }
  }
  return null
}

/** "shoes/1563.jpg" -> "1563" */
function nameOfFile(id: string): string {
  const file = id.split('/').pop() || id
  return file.replace(/\.[A-Za-z0-9]{2,5}$/, '') || file
}

interface Named {
  id: string
  attributes?: Attributes
}

export function nameOf({ id, attributes = {} }: Named): string {
  return valueOf(attributes, nameAttributes)?.[1] ?? valueOf(attributes, kindAttributes)?.[1] ?? nameOfFile(id)
}

/** Values that say most beside the name: kind, colour, brand, price, ... */
const mainAttributes = ['brand', ...kindAttributes, 'baseColour', 'colour', 'color', 'gender', 'price']

export function mainValues({ id, attributes = {} }: Named, most = 2): string[] {
  const name = nameOf({ id, attributes })
  const words = name.toLowerCase()
  const values: string[] = []
  for (const each of mainAttributes) {
    const found = valueOf(attributes, [each])
    if (!found || values.includes(found[1])) continue
    // "Pink Wingback Armchair" need not be told that it is pink.
    if (words.includes(found[1].toLowerCase())) continue
    values.push(found[1])
  }
  return values.slice(0, most)
}

/** "productDisplayName" -> "Product display name" */
export function attributeTitle(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .trim()
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function altOf(item: Named): string {
  const values = mainValues(item)
  return values.length ? `${nameOf(item)}, ${values.join(', ')}` : nameOf(item)
}
