// Moving and resizing the part of a photo that counts.

import type { Box } from './types'

/** Which sides follow the hand; all four: the box moves. */
export interface Grip {
  left?: boolean
  right?: boolean
  top?: boolean
  bottom?: boolean
}

export const wholePhoto: Box = { x: 0, y: 0, width: 1, height: 1 }
export const smallestSide = 0.08

const within = (x: number, least: number, most: number) => Math.min(most, Math.max(least, x))

export function moved(box: Box, dx: number, dy: number): Box {
  return {
    ...box,
    x: within(box.x + dx, 0, 1 - box.width),
    y: within(box.y + dy, 0, 1 - box.height),
  }
}

export function resized(box: Box, grip: Grip, dx: number, dy: number): Box {
  let { x, y } = box
  let right = box.x + box.width
  let bottom = box.y + box.height
  if (grip.left) x = within(x + dx, 0, right - smallestSide)
  if (grip.right) right = within(right + dx, x + smallestSide, 1)
  if (grip.top) y = within(y + dy, 0, bottom - smallestSide)
  if (grip.bottom) bottom = within(bottom + dy, y + smallestSide, 1)
  return { x, y, width: right - x, height: bottom - y }
}

/** A box between two corners, drawn anew. */
export function spanned(x0: number, y0: number, x1: number, y1: number): Box {
  const left = within(Math.min(x0, x1), 0, 1 - smallestSide)
  const top = within(Math.min(y0, y1), 0, 1 - smallestSide)
  return {
    x: left,
    y: top,
    width: within(Math.abs(x1 - x0), smallestSide, 1 - left),
    height: within(Math.abs(y1 - y0), smallestSide, 1 - top),
  }
}

export function isWhole(box: Box | null): boolean {
  return box === null || (box.width > 0.995 && box.height > 0.995)
}

/** What an arrow key does: moves; with Shift, moves the right and bottom sides. Null: another key. */
export function afterKey(box: Box, key: string, shift: boolean, step = 0.02): Box | null {
  const dx = key === 'ArrowLeft' ? -step : key === 'ArrowRight' ? step : 0
  const dy = key === 'ArrowUp' ? -step : key === 'ArrowDown' ? step : 0
  if (dx === 0 && dy === 0) return null
  return shift ? resized(box, { right: true, bottom: true }, dx, dy) : moved(box, dx, dy)
}
