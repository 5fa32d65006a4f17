// How long the page takes, measured inside the browser: from a photo's drop, and from a move of the
// slider, to the moment at which the hits are drawn.

import { readdirSync, readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { catalogue, desktop, startAll, stopAll, withPage } from './harness.mjs'

const rounds = 30

/** In the page: resolves once what `isThere` waits for was drawn. */
const clock = () => {
  globalThis.drawn = (isThere) =>
    new Promise((resolve) => {
      const look = () => {
        if (!isThere()) return
        observer.disconnect()
        // The frame with it, and the next one: by then it is on the screen.
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now()), 0))
      }
      const observer = new MutationObserver(look)
      observer.observe(document, { childList: true, subtree: true, attributes: true })
      look()
    })
}

async function dropToHits(page, photo) {
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File([bytes], 'photo.jpg', { type: 'image/jpeg' }))
    const begin = performance.now()
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    await new Promise((resolve) => setTimeout(resolve, 0)) // the old hits go
    const end = await globalThis.drawn(() => document.querySelector('.hits:not([aria-hidden]) .hit-name'))
    return end - begin
  }, readFileSync(photo).toString('base64'))
}

async function sliderToHits(page, weight) {
  return page.evaluate(async (value) => {
    const slider = document.querySelector('#colour-weight')
    slider.value = String(value)
    const begin = performance.now()
    slider.dispatchEvent(new Event('input', { bubbles: true }))
    await new Promise((resolve) => setTimeout(resolve, 0))
    const end = await globalThis.drawn(() => document.querySelector('.hits[aria-busy=false]'))
    return end - begin
  }, weight)
}

function report(what, times) {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(0)
  console.log(`${what}: median ${at(0.5)} ms, 95 % within ${at(0.95)} ms, longest ${at(1)} ms (${sorted.length} times)`)
}

await startAll()
try {
  await withPage(desktop, '/', async (page) => {
    await page.waitForSelector('.shelf-items a')
    const loaded = await page.evaluate(() => {
      const sizes = performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
      const own = sizes.filter((each) => !each.name.includes('/v1/'))
      return own.reduce((sum, each) => sum + each.encodedBodySize, 0)
    })
    console.log(`first load: ${(loaded / 1000).toFixed(1)} kB compressed, without products`)
    await page.evaluate(clock)
    const images = readdirSync(join(catalogue, 'images'))
    const photos = images.filter((_, i) => i % Math.floor(images.length / rounds) === 0)
    const drops = []
    const moves = []
    for (const photo of photos) {
      drops.push(await dropToHits(page, join(catalogue, 'images', photo)))
      for (const weight of [0.85, 0.15, 0.5]) moves.push(await sliderToHits(page, weight))
      await sliderToHits(page, 0.3)
    }
    report('from drop to hits', drops.slice(1)) // the first one opens the network
    report('from slider to hits', moves)
    console.log(`load ${loadavg()[0].toFixed(1)}`)
  })
} finally {
  await stopAll()
}
