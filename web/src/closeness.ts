// Scores in words. The limits come from the collection's own distribution of scores: one network's
// .9 is another's .7.

import type { Closeness } from './types'

export type Word = 'very close' | 'close' | 'related'

export function closenessWord(score: number, limits: Closeness): Word {
  if (score >= limits.very_close) return 'very close'
  return score >= limits.close ? 'close' : 'related'
}

export type Sameness = 'almost surely the same' | 'probably the same'

/** Whether a hit is what was searched for, where that is likelier than not; null elsewhere. */
export function samenessWord(confidence: number | undefined): Sameness | null {
  if (confidence === undefined || confidence < 0.5) return null
  return confidence >= 0.9 ? 'almost surely the same' : 'probably the same'
}

/** How full the bar is, 0 to 1: its thirds are the three words. */
export function closenessLevel(score: number, limits: Closeness): number {
  const { very_close: veryClose, close } = limits
  const part = (from: number, to: number) =>
    to > from ? Math.min(1, Math.max(0, (score - from) / (to - from))) : 1
  if (score >= veryClose) return (2 + part(veryClose, 1)) / 3
  if (score >= close) return (1 + part(close, veryClose)) / 3
  return Math.max(0.08, part(close - 2 * (veryClose - close), close) / 3)
}
