// The whole state of a search stands in the address, so that back, reload and sharing work.

import type { Box, Lane } from './types'

/** One value that an attribute must have; several of one attribute mean any of them. */
export interface Filter {
  attribute: string
  value: string
}

export interface View {
  page: 'search' | 'status' | 'duplicates'
  /** Empty: the server's first. */
  collection: string
  /** A photo that was sent before. */
  query: string | null
  /** An item that is looked at. */
  item: string | null
  like: string[]
  unlike: string[]
  box: Box | null
  /** 0: shape alone, 1: colour alone. Null: what suits the collection. */
  weight: number | null
  filters: Filter[]
  /** One hit a product. */
  collapse: boolean
  /** Of duplicates. Null: the first one that has any. */
  lane: Lane | null
  /** Groups that were decided about, instead of those that were not. */
  decided: boolean
}

export const emptyView: View = {
  page: 'search',
  collection: '',
  query: null,
  item: null,
  like: [],
  unlike: [],
  box: null,
  weight: null,
  filters: [],
  collapse: true,
  lane: null,
  decided: false,
}

export const lanes: readonly Lane[] = ['identical', 'same-photo', 'look-alike']
const paths = { search: '/', status: '/status', duplicates: '/duplicates' } as const

function pageOf(path: string): View['page'] {
  const known = Object.entries(paths).find(([, each]) => each === path.replace(/(.)\/$/, '$1'))
  return (known?.[0] as View['page'] | undefined) ?? 'search'
}

const digits = (x: number) => String(Math.round(x * 1e4) / 1e4)

/** "attribute:value", a ':' or '\' of the attribute behind a '\'. */
export function filterToText({ attribute, value }: Filter): string {
  return attribute.replace(/[\\:]/g, '\\$&') + ':' + value
}

export function filterFromText(text: string): Filter | null {
  const match = /^((?:[^\\:]|\\.)+):([^]+)$/.exec(text)
  if (!match) return null
  return { attribute: match[1]!.replace(/\\(.)/g, '$1'), value: match[2]! }
}

function share(text: string | undefined): number | null {
  if (text === undefined || text.trim() === '') return null
  const x = Number(text)
  return x >= 0 && x <= 1 ? x : null
}

export function boxFromText(text: string | null): Box | null {
  const [x, y, width, height, ...rest] = (text ?? '').split(',').map(share)
  if (x == null || y == null || !width || !height || rest.length > 0) return null
  if (x + width > 1.001 || y + height > 1.001) return null
  return { x, y, width: Math.min(width, 1 - x), height: Math.min(height, 1 - y) }
}

export const boxToText = (box: Box) => [box.x, box.y, box.width, box.height].map(digits).join(',')

export function readAddress(url: URL): View {
  const fields = url.searchParams
  return {
    page: pageOf(url.pathname),
    collection: fields.get('c') ?? '',
    query: fields.get('q') || null,
    item: fields.get('item') || null,
    like: fields.getAll('like').filter(Boolean),
    unlike: fields.getAll('unlike').filter(Boolean),
    box: boxFromText(fields.get('box')),
    weight: share(fields.get('w') ?? undefined),
    filters: fields.getAll('f').flatMap((text) => filterFromText(text) ?? []),
    collapse: fields.get('collapse') !== '0',
    lane: lanes.find((lane) => lane === fields.get('lane')) ?? null,
    decided: fields.get('decided') === '1',
  }
}

export function writeAddress(view: View): string {
  const fields = new URLSearchParams()
  if (view.collection) fields.set('c', view.collection)
  if (view.page === 'search') {
    if (view.query) fields.set('q', view.query)
    if (view.item) fields.set('item', view.item)
    for (const id of view.like) fields.append('like', id)
    for (const id of view.unlike) fields.append('unlike', id)
    if (view.box) fields.set('box', boxToText(view.box))
    if (view.weight !== null) fields.set('w', digits(view.weight))
    for (const filter of view.filters) fields.append('f', filterToText(filter))
    if (!view.collapse) fields.set('collapse', '0')
  }
  if (view.page === 'duplicates') {
    if (view.lane) fields.set('lane', view.lane)
    if (view.decided) fields.set('decided', '1')
  }
  const text = fields.toString()
  return paths[view.page] + (text && '?' + text)
}

/** Whether there is something to look for. */
export function hasQuery(view: View): boolean {
  return view.page === 'search' && (view.query !== null || view.item !== null || view.like.length > 0)
}
