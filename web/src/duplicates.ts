// Words for groups of duplicates.

import { bytesText, numberText } from './status'
import type { DuplicateDecision, DuplicateGroup, DuplicateItem, DuplicateProgress, Lane, LaneCount } from './types'

export const laneWords: Record<Lane, { title: string; meaning: string; none: string }> = {
  identical: {
    title: 'Identical',
    meaning: 'Equal files, or files with equal pixels.',
    none: 'Every picture is there once.',
  },
  'same-photo': {
    title: 'Same photo',
    meaning: 'One photo in several versions: resized, recompressed or slightly cropped.',
    none: 'No photo is there in several versions.',
  },
  'look-alike': {
    title: 'Look-alike',
    meaning: 'Different photos of different products that nearly look the same.',
    none: 'No two products look that much alike.',
  },
}

/** The first lane in which there is something to look at. */
export function firstLane(counts: LaneCount[]): Lane {
  const open = counts.find((each) => each.groups > each.decided)
  return (open ?? counts.find((each) => each.groups > 0) ?? counts[0])?.lane ?? 'identical'
}

/** Why a photo is in its group, beside the best one. */
export function evidenceText({ evidence }: DuplicateItem): string {
  if (!evidence) return ''
  if (evidence.equal) return evidence.equal === 'bytes' ? 'equal file' : 'equal pixels'
  if (evidence.score !== undefined) return `score ${evidence.score.toFixed(3)}`
  const bits = evidence.hash_distance ?? 0
  const parts = [bits === 0 ? 'equal hash' : `${bits} of 256 hash bits differ`]
  if (evidence.mirrored) parts.push('mirrored')
  if (evidence.coverage !== undefined && evidence.coverage < 0.995) {
    parts.push(`shows ${Math.round(evidence.coverage * 100)} %`)
  }
  return parts.join(', ')
}

/** "600 × 800, 51 KiB" */
export const sizeText = ({ width, height, bytes }: DuplicateItem) => `${width} × ${height}, ${bytesText(bytes)}`

export function copiesText({ copies = [] }: DuplicateItem): string {
  if (copies.length === 0) return ''
  return copies.length === 1 ? 'and a copy of it' : `and ${numberText(copies.length)} copies of it`
}

export function decisionText({ decision, items }: DuplicateGroup): string {
  if (!decision) return ''
  if (decision.verdict === 'not_duplicates') return 'Not duplicates: they stay apart.'
  const others = items.filter((item) => item.id !== decision.keep).length
  return others === 1 ? 'One is kept, the other may go.' : `One is kept, ${numberText(others)} may go.`
}

const steps: Record<string, string> = {
  waiting: 'Waiting for another collection',
  'looking at photos': 'Looking at new photos',
  'finding look-alikes': 'Finding what looks alike',
  'comparing pixels': 'Comparing photos',
}

export function progressText({ what, done, total }: DuplicateProgress): string {
  const step = steps[what] ?? what
  return total > 0 ? `${step}: ${numberText(done)} of ${numberText(total)}` : step
}

export const isKept = (decision: DuplicateDecision | null, id: string) =>
  decision?.verdict === 'keep' && decision.keep === id

/** The counts once a group's decision is another one. */
export function recounted(counts: LaneCount[], lane: Lane, before: DuplicateDecision | null, now: DuplicateDecision | null) {
  const change = Number(now !== null) - Number(before !== null)
  return counts.map((each) => (each.lane === lane ? { ...each, decided: each.decided + change } : each))
}

export type GroupKey = { keep: number } | 'not_duplicates' | 'undo' | 'next' | 'previous'

/** What a key means while a group has the focus; `photos` that can be kept. */
export function meaningOfKey(key: string, photos: number): GroupKey | null {
  const names: Record<string, GroupKey> = { n: 'not_duplicates', u: 'undo', j: 'next', k: 'previous' }
  const digit = /^[1-9]$/.test(key) ? Number(key) : 0
  if (digit > 0) return digit <= photos ? { keep: digit - 1 } : null
  return names[key.toLowerCase()] ?? null
}
