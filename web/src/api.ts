// The server's answers, typed. Waits and tries again where it says that it is busy; asks for a key
// once where it wants one.

import type {
  Closeness, Collection, CollectionListing, DuplicateDecision, DuplicatePage, DuplicateProgress, Facet, Health, Item,
  Job, Lane, Problem, SearchAnswer,
} from './types'

export class ApiError extends Error {
  constructor(
    /** 0: no answer came. */
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: string | null = null,
  ) {
    super(message)
  }
}

export const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError'

const keyName = 'semblance-key'
const mostTries = 4
const longestWait_ms = 8000

let key = sessionStorage.getItem(keyName)
let askForKey: (refused: boolean) => Promise<string> = () => Promise.reject(new Error('no way to ask'))
let asking: Promise<string> | null = null

/** Who asks the person for a key; rejects where they do not want to give one. */
export function setKeyAsker(asker: (refused: boolean) => Promise<string>) {
  askForKey = asker
}

export const hasKey = () => key !== null

async function obtainKey(usedKey: string | null): Promise<void> {
  if (key !== usedKey) return // another request has asked meanwhile
  asking ??= askForKey(usedKey !== null).finally(() => {
    asking = null
  })
  key = await asking
  sessionStorage.setItem(keyName, key)
}

function waited(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new DOMException('aborted', 'AbortError'))
    })
  })
}

async function errorOf(response: Response): Promise<ApiError> {
  const fallback = `The server answered ${response.status}.`
  try {
    const { error } = await response.json()
    return new ApiError(response.status, error.code, error.message ?? fallback, error.details)
  } catch {
    return new ApiError(response.status, 'http', fallback)
  }
}

async function send(path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers)
  if (key) headers.set('Authorization', `Bearer ${key}`)
  try {
    return await fetch(path, { ...init, headers })
  } catch (error) {
    if (isAbort(error)) throw error
    throw new ApiError(0, 'offline', 'The server cannot be reached.')
  }
}

async function request(path: string, init: RequestInit = {}): Promise<Response> {
  for (let attempt = 1; ; ++attempt) {
    const usedKey = key
    const response = await send(path, init)
    if (response.ok) return response
    const isLast = attempt >= mostTries
    if (response.status === 401 && !isLast) {
      await obtainKey(usedKey)
      continue
    }
    if ((response.status !== 429 && response.status !== 503) || isLast) throw await errorOf(response)
    const seconds = Number(response.headers.get('Retry-After')) || 1
    await waited(Math.min(seconds * 1000, longestWait_ms), init.signal ?? undefined)
  }
}

const get = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
  (await request(path, { signal })).json()

const part = encodeURIComponent
const collectionPath = (collection: string) => `/v1/collections/${part(collection)}`

function withFields(path: string, fields: Record<string, string | number | boolean | undefined>) {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return text ? `${path}?${text}` : path
}

export const itemPath = (collection: string, id: string) =>
  `${collectionPath(collection)}/items/${part(id)}`

export const queryImagePath = (queryId: string) => `/v1/queries/${part(queryId)}/image`

/** Bytes of a picture: for pages that may only look with a key, which an <img> cannot send. */
export const getBlob = async (path: string, signal?: AbortSignal): Promise<Blob> =>
  (await request(path, { signal })).blob()

export const getCollections = async () =>
  (await get<{ collections: CollectionListing[] }>('/v1/collections')).collections

export const getCollection = (name: string) => get<Collection>(collectionPath(name))

export const getSample = async (collection: string, sample: number, seed: number) =>
  (await get<{ items: Item[] }>(withFields(`${collectionPath(collection)}/items`, { sample, seed }))).items

export const getItem = (collection: string, id: string, signal?: AbortSignal) =>
  get<Item>(itemPath(collection, id), signal)

export interface SearchFields {
  query_id?: string
  id?: string
  image_url?: string
  box?: [number, number, number, number]
  positive?: string[]
  negative?: string[]
  filter?: string
  colour_weight?: number
  collapse?: boolean
  limit?: number
  cursor?: string
  with_attributes?: boolean
}

/** With a photo or without. */
export async function search(
  collection: string, fields: SearchFields, signal?: AbortSignal, photo?: Blob,
): Promise<SearchAnswer> {
  const path = `${collectionPath(collection)}/search`
  const init: RequestInit = { method: 'POST', signal }
  if (photo) {
    const form = new FormData()
    form.set('json', JSON.stringify(fields))
    form.set('image', photo)
    init.body = form
  } else {
    init.body = JSON.stringify(fields)
    init.headers = { 'Content-Type': 'application/json' }
  }
  return (await request(path, init)).json()
}

export async function getFacets(
  collection: string, fields: { attribute?: string; filter?: string; limit?: number }, signal?: AbortSignal,
): Promise<Facet[]> {
  const path = withFields(`${collectionPath(collection)}/facets`, fields)
  return (await get<{ facets: Facet[] }>(path, signal)).facets
}

/** Null where the server does not know. */
export async function getCloseness(collection: string, weight: number): Promise<Closeness | null> {
  try {
    return await get<Closeness>(withFields(`${collectionPath(collection)}/closeness`, { colour_weight: weight }))
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400) return null
    throw error
  }
}

export const getProblems = (collection: string, limit: number) =>
  get<{ total: number; problems: Problem[] }>(withFields(`${collectionPath(collection)}/problems`, { limit }))

const duplicatesPath = (collection: string) => `${collectionPath(collection)}/duplicates`

export interface DuplicateFields {
  lane?: Lane
  decided?: boolean
  limit?: number
  cursor?: string
}

/** A page of groups, or how far the search for them is. */
export async function getDuplicates(
  collection: string, fields: DuplicateFields, signal?: AbortSignal,
): Promise<DuplicatePage | { progress: DuplicateProgress }> {
  return (await request(withFields(duplicatesPath(collection), { ...fields }), { signal })).json()
}

/** Null: forgets what was decided. */
export async function decideDuplicates(collection: string, group: string, decision: DuplicateDecision | null) {
  const path = `${duplicatesPath(collection)}/${part(group)}/decision`
  if (!decision) await request(path, { method: 'DELETE' })
  else await request(path, { method: 'PUT', body: JSON.stringify(decision), headers: { 'Content-Type': 'application/json' } })
}

/** Files that may be deleted, one a line, as bytes. */
export const getDeleteList = (collection: string) => getBlob(`${duplicatesPath(collection)}/delete-list`)

export const getJobs = async () => (await get<{ jobs: Job[] }>('/v1/jobs')).jobs
export const getHealth = () => get<Health>('/healthz')
export const getMetrics = async () => (await request('/metrics')).text()
