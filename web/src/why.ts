// Why a hit is one: which of its two scores stands out among those of the other hits.

import type { Hit } from './types'

export type Why = 'shape' | 'colour' | 'both'

interface Spread {
  mean: number
  deviation: number
}

export interface Spreads {
  shape: Spread
  colour: Spread
}

function spreadOf(numbers: number[]): Spread {
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length
  const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length
  return { mean, deviation: Math.sqrt(variance) }
}

const fewest = 4

/** Of the first hits; null where there are too few of them, or shape and colour are not mixed. */
export function spreadsOf(hits: Hit[]): Spreads | null {
  const parts = hits.flatMap((hit) => hit.parts ?? [])
  if (parts.length < fewest) return null
  return {
    shape: spreadOf(parts.map((part) => part.shape)),
    colour: spreadOf(parts.map((part) => part.colour)),
  }
}

/** Where one score is this many deviations further out than the other, it is the reason. */
const clearDifference = 0.8

export function whyOf(hit: Hit, spreads: Spreads): Why | null {
  if (!hit.parts) return null
  const height = (score: number, { mean, deviation }: Spread) =>
    deviation > 1e-6 ? (score - mean) / deviation : 0
  const difference = height(hit.parts.shape, spreads.shape) - height(hit.parts.colour, spreads.colour)
  if (difference > clearDifference) return 'shape'
  return difference < -clearDifference ? 'colour' : 'both'
}
