// From the view to hits: asks the server, keeps what it answered, and leaves the hits that are shown
// in their place until newer ones come.

import { hasQuery, readAddress, writeAddress, type View } from './address'
import * as api from './api'
import { filterExpression } from './filters'
import { getState, setState, type Answer, type Failure } from './store'
import type { Closeness, Facet, SearchAnswer } from './types'
import { spreadsOf } from './why'

export const pageSize = 24
const mostKept = 40

/** A Map that forgets what was used longest ago. */
class Kept<V> {
  private readonly values = new Map<string, V>()
  constructor(private readonly onForget?: (value: V) => void) {}
  get(key: string): V | undefined {
    const value = this.values.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }
  set(key: string, value: V) {
    this.values.delete(key)
    this.values.set(key, value)
    if (this.values.size <= mostKept) return
    const [oldest, forgotten] = this.values.entries().next().value!
    this.values.delete(oldest)
    this.onForget?.(forgotten)
  }
}

const answers = new Kept<Answer>()
const limits = new Kept<Closeness | 'unknown'>()
/** Photos of this visit by query id: for the preview, and to send again what the server forgot. */
const photos = new Kept<{ photo: Blob; preview: string }>(({ preview }) => URL.revokeObjectURL(preview))

function failureOf(error: unknown): Failure {
  if (error instanceof api.ApiError) {
    if (error.status === 0) watchForServer()
    return { status: error.status, code: error.code, message: error.message, details: error.details }
  }
  return { status: -1, code: 'page', message: error instanceof Error ? error.message : String(error), details: null }
}

// The view and the address -----------------------------------------------------------------------

/** The weight to begin with: networks without a colour output mix histograms, of which less suits. */
export function weightOf(view: View): number {
  const dimension = getState().collection?.colour_dimension
  return view.weight ?? (dimension === 0 ? 0.15 : 0.3)
}

let addressTimer: ReturnType<typeof setTimeout> | undefined

function writeNow(how: 'push' | 'replace', view: View) {
  clearTimeout(addressTimer)
  addressTimer = undefined
  const address = writeAddress(view)
  if (how === 'push') history.pushState({ scroll: 0 }, '', address)
  else history.replaceState(history.state, '', address)
}

/**
 * Shows another view. push: a step that "back" takes back; replace: the same step, finer (a slider
 * that moves), written to the address when the hand rests.
 */
export function show(change: Partial<View>, how: 'push' | 'replace' = 'push') {
  const before = getState().view
  const view = { ...before, ...change }
  if (how === 'push') {
    if (addressTimer !== undefined) writeNow('replace', before)
    writeNow('push', view)
  } else {
    clearTimeout(addressTimer)
    addressTimer = setTimeout(() => writeNow('replace', getState().view), 250)
  }
  enter(view)
}

/** A product's page begins anew; only how it is compared stays. */
export function viewOfItem(id: string): View {
  const { view } = getState()
  return { ...view, page: 'search', item: id, query: null, like: [], unlike: [], box: null, filters: [] }
}

export function viewOfStart(collection = getState().view.collection): View {
  return { ...readAddress(new URL('/', location.origin)), collection }
}

export function follow(view: View) {
  stopUpload()
  writeNow('push', view)
  enter(view)
  window.scrollTo(0, 0)
}

function enter(view: View) {
  const { view: before, collection } = getState()
  setState({ view })
  const name = view.collection || defaultCollection()
  if (collection?.name !== name) {
    setState({ collection: null, facets: null, limits: null })
    void loadCollection(name).then(() => refresh())
    return
  }
  if (before.item !== view.item && before.page !== view.page) setState({ failure: null })
  refresh()
}

// Starting ---------------------------------------------------------------------------------------

function defaultCollection(): string {
  const { collections } = getState()
  const usable = (collections ?? []).filter((each) => each.items > 0)
  const named = usable.find((each) => each.name === 'default')
  return (named ?? usable[0] ?? collections?.[0])?.name ?? 'default'
}

async function loadCollection(name: string) {
  try {
    const collection = await api.getCollection(name)
    setState({ collection, startFailure: null })
  } catch (error) {
    setState({ startFailure: failureOf(error) })
  }
}

let started: Promise<void> = Promise.resolve()

export function start(): Promise<void> {
  started = begin()
  return started
}

async function begin() {
  history.scrollRestoration = 'manual'
  setState({ view: readAddress(new URL(location.href)), startFailure: null })
  try {
    setState({ collections: await api.getCollections() })
  } catch (error) {
    setState({ startFailure: failureOf(error) })
    return
  }
  if (getState().collections!.length === 0) return
  await loadCollection(getState().view.collection || defaultCollection())
  refresh()
}

let watching = false

/** Looks every few seconds whether the server is there again, then asks what failed once more. */
function watchForServer() {
  setState({ offline: true })
  if (watching) return
  watching = true
  const look = async () => {
    try {
      if (!(await fetch('/livez', { cache: 'no-store' })).ok) throw new Error()
    } catch {
      setTimeout(look, 2500)
      return
    }
    watching = false
    setState({ offline: false })
    if (getState().collections === null || getState().collection === null) void start()
    else if (getState().failure) retry()
  }
  setTimeout(look, 1500)
}

window.addEventListener('offline', watchForServer)

window.addEventListener('popstate', (event) => {
  clearTimeout(addressTimer)
  addressTimer = undefined
  stopUpload()
  enter(readAddress(new URL(location.href)))
  const scroll = (event.state as { scroll?: number } | null)?.scroll ?? 0
  // After the hits of then are drawn again.
  requestAnimationFrame(() => requestAnimationFrame(() => window.scrollTo(0, scroll)))
})

let scrollTimer: ReturnType<typeof setTimeout> | undefined
window.addEventListener('scroll', () => {
  clearTimeout(scrollTimer)
  scrollTimer = setTimeout(() => history.replaceState({ scroll: window.scrollY }, ''), 200)
}, { passive: true })

// Searching --------------------------------------------------------------------------------------

/** What is looked for; hits of another subject are not left standing. */
const subjectOf = (view: View, collection: string) => JSON.stringify([collection, view.query, view.item])

function fieldsOf(view: View): api.SearchFields {
  const { collection } = getState()
  const fields: api.SearchFields = { limit: pageSize, colour_weight: weightOf(view) }
  if (view.query) {
    fields.query_id = view.query
    if (view.box) fields.box = [view.box.x, view.box.y, view.box.width, view.box.height]
  } else if (view.item) {
    fields.id = view.item
  }
  if (view.like.length) fields.positive = view.like
  if (view.unlike.length) fields.negative = view.unlike
  if (view.filters.length) fields.filter = filterExpression(view.filters)
  if (view.collapse && collection && collection.products < collection.items) fields.collapse = true
  return fields
}

function answerOf(found: SearchAnswer): Answer {
  return { hits: found.hits, cursor: found.next_cursor, spreads: spreadsOf(found.hits) }
}

let shownSubject = ''
let running: { subject: string; controller: AbortController } | null = null
let next: (() => void) | null = null
let wantedKey = ''

function showAnswer(key: string, subject: string, answer: Answer) {
  answers.set(key, answer)
  shownSubject = subject
  setState({ answer, loading: null, failure: null, offline: false })
}

/** Asks for what the view wants, unless that is here already. */
export function refresh(again = false) {
  const { view, collection } = getState()
  // While a photo is on its way, knobs may be turned: its hits will follow them.
  if (!collection || view.page !== 'search' || getState().upload) return
  void loadProduct()
  if (!hasQuery(view)) {
    running?.controller.abort()
    wantedKey = ''
    next = null
    shownSubject = ''
    setState({ answer: null, loading: null, failure: null, facets: null, upload: null })
    return
  }
  void loadFacets()
  void loadLimits()
  const fields = fieldsOf(view)
  const key = JSON.stringify([collection.name, collection.version, fields])
  if (key === wantedKey && !again) return
  wantedKey = key
  const subject = subjectOf(view, collection.name)
  const kept = answers.get(key)
  if (kept) {
    next = null
    running?.controller.abort()
    showAnswer(key, subject, kept)
    return
  }
  const isSame = subject === shownSubject
  setState({ loading: isSame ? 'again' : 'first', failure: null, ...(isSame ? {} : { answer: null }) })
  // While a slider or a box moves, one question is on its way and the newest waits: answers come as
  // quickly as the server gives them, and none is thrown away.
  const ask = () => void run(collection.name, key, subject, fields)
  if (running?.subject === subject) {
    next = ask
    return
  }
  running?.controller.abort()
  next = null
  ask()
}

async function run(collection: string, key: string, subject: string, fields: api.SearchFields) {
  const mine = { subject, controller: new AbortController() }
  running = mine
  next = null
  try {
    const found = await searchOrSendAgain(collection, fields, mine.controller.signal)
    if (running === mine && subject === subjectOf(getState().view, collection)) {
      showAnswer(key, subject, answerOf(found))
      if (next) setState({ loading: 'again' })
    }
  } catch (error) {
    if (running === mine && !api.isAbort(error)) setState({ failure: failureOf(error), loading: null })
  }
  if (running !== mine) return
  running = null
  ;(next as (() => void) | null)?.()
}

/** The server keeps photos for a while only. */
async function searchOrSendAgain(collection: string, fields: api.SearchFields, signal: AbortSignal) {
  try {
    return await api.search(collection, fields, signal)
  } catch (error) {
    const held = fields.query_id && photos.get(fields.query_id)
    if (!held || !(error instanceof api.ApiError) || error.status !== 404) throw error
    const { query_id: _, ...others } = fields
    return api.search(collection, others, signal, held.photo)
  }
}

export function retry() {
  setState({ failure: null })
  if (lastUpload && getState().upload) void searchPhoto(lastUpload)
  else refresh(true)
}

/** The next page of hits. */
export async function loadMore() {
  const { answer, view, collection, loading } = getState()
  if (!answer?.cursor || loading || !collection) return
  const key = wantedKey
  setState({ loading: 'more' })
  try {
    const found = await api.search(collection.name, { ...fieldsOf(view), cursor: answer.cursor })
    if (key !== wantedKey) return
    const known = new Set(answer.hits.map((hit) => hit.id))
    const hits = [...answer.hits, ...found.hits.filter((hit) => !known.has(hit.id))]
    showAnswer(key, shownSubject, { ...answer, hits, cursor: found.next_cursor })
  } catch (error) {
    if (key === wantedKey) setState({ failure: failureOf(error), loading: null })
  }
}

// A photo ----------------------------------------------------------------------------------------

let lastUpload: Blob | string | null = null

/** Searches with a photo that was dropped, pasted, chosen or taken, or with the address of one. */
export async function searchPhoto(photo: Blob | string) {
  await started // a photo may be dropped before the page knows where to search
  const { collection, view } = getState()
  if (!collection) return
  lastUpload = photo
  const isBlob = typeof photo !== 'string'
  const preview = isBlob ? URL.createObjectURL(photo) : null
  const name = isBlob ? (photo instanceof File ? photo.name : '') : photo
  running?.controller.abort()
  const mine = { subject: 'upload', controller: new AbortController() }
  running = mine
  next = null
  wantedKey = ''
  shownSubject = ''
  const wanted: View = { ...viewOfStart(), weight: view.weight, collapse: view.collapse }
  setState({ upload: { name, preview }, answer: null, loading: 'first', failure: null, product: null })
  window.scrollTo(0, 0)
  try {
    const fields = fieldsOf(wanted)
    const found = isBlob
      ? await api.search(collection.name, fields, mine.controller.signal, photo)
      : await api.search(collection.name, { ...fields, image_url: photo }, mine.controller.signal)
    if (running !== mine) return
    running = null
    const query = found.query_id ?? null
    if (isBlob && preview && query) photos.set(query, { photo, preview })
    const key = JSON.stringify([collection.name, collection.version, fieldsOf({ ...wanted, query })])
    answers.set(key, answerOf(found))
    const { weight, collapse } = getState().view
    setState({ upload: null })
    follow({ ...wanted, query, weight, collapse })
  } catch (error) {
    if (running !== mine) return
    running = null
    if (!api.isAbort(error)) setState({ failure: failureOf(error), loading: null })
  }
}

function stopUpload() {
  const { upload } = getState()
  if (!upload) return
  running?.controller.abort()
  running = null
  lastUpload = null
  if (upload.preview) URL.revokeObjectURL(upload.preview)
  setState({ upload: null, failure: null, loading: null })
}

/** Stops an upload, or puts one that failed away. */
export function dismissUpload() {
  stopUpload()
  refresh(true)
}

/** Where the photo that was searched with can be seen. */
export const previewOf = (queryId: string) => photos.get(queryId)?.preview ?? api.queryImagePath(queryId)

/** The photo of an item becomes one that can be cropped. */
export async function searchWithItemPhoto(image: string) {
  try {
    await searchPhoto(await api.getBlob(image))
  } catch (error) {
    setState({ failure: failureOf(error) })
  }
}

// What stands around the hits --------------------------------------------------------------------

let productKey = ''

async function loadProduct() {
  const { view, collection } = getState()
  const key = JSON.stringify([collection?.name, view.item])
  if (key === productKey && (getState().product !== null || view.item === null)) return
  productKey = key
  setState({ product: null })
  if (!view.item || !collection) return
  try {
    const item = await api.getItem(collection.name, view.item)
    if (key !== productKey) return
    setState({ product: { item, photos: [{ id: item.id }] } })
    if (collection.products === collection.items) return
    const others = await api.search(collection.name, {
      id: item.id, limit: 50, with_attributes: false,
      filter: filterExpression([{ attribute: 'product', value: item.product }]),
    })
    if (key !== productKey) return
    const same = others.hits.filter((hit) => hit.product === item.product && hit.id !== item.id)
    // In one order, whichever of them was clicked.
    const ids = [item.id, ...same.map((hit) => hit.id)].sort((a, b) => a.localeCompare(b))
    setState({ product: { item, photos: ids.map((id) => ({ id })) } })
  } catch (error) {
    if (key === productKey && !api.isAbort(error)) setState({ failure: failureOf(error) })
  }
}

let facetsKey = ''

/** Counts of each attribute under the choices that were made among the others. */
async function loadFacets() {
  const { view, collection } = getState()
  if (!collection || collection.attributes.length === 0) return
  const key = JSON.stringify([collection.name, collection.version, view.filters])
  if (key === facetsKey && getState().facets !== null) return
  facetsKey = key
  const chosen = [...new Set(view.filters.map((filter) => filter.attribute))]
  const limit = 60
  try {
    const [all, ...own] = await Promise.all([
      api.getFacets(collection.name, { filter: filterExpression(view.filters), limit }),
      ...chosen.map((attribute) => {
        const others = view.filters.filter((filter) => filter.attribute !== attribute)
        return api.getFacets(collection.name, { attribute, filter: filterExpression(others), limit })
      }),
    ])
    if (key !== facetsKey) return
    const byName = new Map<string, Facet>()
    for (const facet of [...all!, ...own.flat()]) byName.set(facet.attribute, facet)
    setState({ facets: [...byName.values()] })
  } catch {
    if (key === facetsKey) setState({ facets: [] }) // the search itself says what is wrong
  }
}

async function loadLimits() {
  const { view, collection } = getState()
  if (!collection) return
  const weight = Math.round(weightOf(view) * 20) / 20
  const key = JSON.stringify([collection.name, collection.version, weight])
  try {
    const known = limits.get(key) ?? (await api.getCloseness(collection.name, weight)) ?? 'unknown'
    limits.set(key, known)
    const now = getState()
    if (now.collection?.name !== collection.name) return
    if (Math.round(weightOf(now.view) * 20) / 20 === weight) setState({ limits: known === 'unknown' ? null : known })
  } catch {
    // Hits are shown without words.
  }
}
