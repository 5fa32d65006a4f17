// What the server answers (its /openapi.json), as far as the page reads it.

export interface CollectionListing {
  name: string
  items: number
  products: number
  failed: number
  skipped: number
  model: string | null
  bytes: number
  last_change: string | null
  problem?: { code: string; message: string }
}

export interface Collection {
  name: string
  items: number
  products: number
  failed: number
  skipped: number
  attributes: string[]
  shape_dimension: number
  colour_dimension: number
  index_bytes: number
  version: number
  model: { name: string; version: string; sha256: string } | null
}

export type Attributes = Record<string, string>

export interface Item {
  id: string
  product: string
  link?: string | null
  width: number
  height: number
  image: string
  thumbnail: string
  attributes: Attributes
}

export interface Parts {
  shape: number
  colour: number
}

export interface Hit {
  rank: number
  id: string
  product: string
  score: number
  parts?: Parts
  /** Probability that it is the same product, where the collection has learnt it. */
  confidence?: number
  photos?: number
  link?: string
  image: string
  thumbnail: string
  attributes?: Attributes
}

export interface SearchAnswer {
  took_ms: number
  collection: string
  model: string
  approximate: boolean
  hits: Hit[]
  query_id?: string
  next_cursor: string | null
}

export interface FacetValue {
  value: string
  count: number
}

export interface Facet {
  attribute: string
  items: number
  distinct: number
  values: FacetValue[]
}

/** Scores from which hits count as close, in this collection and with this colour weight. */
export interface Closeness {
  very_close: number
  close: number
}

export interface Problem {
  kind: string
  subject: string
  reason: string
  message: string
  place: string
}

export interface SyncReport {
  seen?: number
  added?: number
  changed?: number
  renamed?: number
  removed?: number
  unchanged?: number
  failed?: number
  skipped?: number
  seconds?: number
  items_per_second?: number
}

export interface Job {
  id: string
  kind: string
  collection: string
  sources: string[]
  dry_run: boolean
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  progress: { phase: string; done: number; total: number; failed: number }
  notices: string[]
  created: string
  started: string | null
  finished: string | null
  report: SyncReport | null
  error: { code: string; message: string } | null
}

export type Lane = 'identical' | 'same-photo' | 'look-alike'

/** Compared with the best photo of the group. */
export interface DuplicateEvidence {
  equal?: 'bytes' | 'pixels'
  score?: number
  hash_distance?: number
  coverage?: number
  mirrored?: boolean
}

export interface DuplicateItem {
  id: string
  product: string
  best: boolean
  width: number
  height: number
  bytes: number
  /** Ids of items that this one stands for. */
  copies?: string[]
  evidence: DuplicateEvidence | null
  image: string
  thumbnail: string
}

export type DuplicateDecision = { verdict: 'keep'; keep: string } | { verdict: 'not_duplicates' }

export interface DuplicateGroup {
  group: string
  lane: Lane
  decision: DuplicateDecision | null
  items: DuplicateItem[]
}

export interface LaneCount {
  lane: Lane
  groups: number
  decided: number
}

export interface DuplicateProgress {
  what: string
  done: number
  total: number
}

export interface DuplicatePage {
  items: number
  unreadable: number
  found: string
  current: boolean
  progress: DuplicateProgress | null
  lanes: LaneCount[]
  groups: DuplicateGroup[]
  next_cursor: string | null
}

export interface Health {
  status: string
  version: string
  jobs: number
  queue: number
}

/** A part of a photo, in shares of its width and height from the top left. */
export interface Box {
  x: number
  y: number
  width: number
  height: number
}
