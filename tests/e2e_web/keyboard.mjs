// One whole journey with nothing but a keyboard.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { desktop, eventually, hitNames, hits, withPage } from './harness.mjs'

const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement
    return `${element.tagName} ${element.className} ${element.getAttribute('aria-label') ?? ''} ${element.textContent}`
  })

/** Presses Tab until what has the focus fits. */
async function tabTo(page, wanted, key = 'Tab') {
  for (let i = 0; i < 150; ++i) {
    await page.keyboard.press(key)
    if (wanted.test(await focused(page))) return
  }
  assert.fail(`Tab never came to ${wanted}`)
}

test('from the start to a product and its parts by keyboard alone', () =>
  withPage(desktop, '/', async (page) => {
    await page.waitForSelector('.shelf-items a')
    await page.keyboard.press('Tab')
    assert.match(await focused(page), /Skip to the content/)
    await page.keyboard.press('Enter')
    await tabTo(page, /^A tile/)
    await page.keyboard.press('Enter')
    let names = await hitNames(page)
    const product = await page.locator('h1').textContent()

    await tabTo(page, /Photo \d of \d/)
    await page.keyboard.press('Space')
    await tabTo(page, /Search with a part/)
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-testid=crop]')
    names = await hitNames(page)

    await tabTo(page, /crop-box/)
    await page.keyboard.press('ArrowRight')
    names = await hitNames(page, names)
    for (let i = 0; i < 12; ++i) await page.keyboard.press('Shift+ArrowUp')
    await page.waitForURL(/box=/)
    const box = new URL(page.url()).searchParams.get('box').split(',').map(Number)
    assert.ok(box[2] === 0.8 && box[3] < 0.65, String(box))
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => !url.searchParams.has('box'))

    await tabTo(page, /^INPUT/) // the slider
    names = await hitNames(page)
    for (let i = 0; i < 14; ++i) await page.keyboard.press('ArrowRight')
    await page.waitForURL(/w=1/)
    names = await hitNames(page, names)

    await page.keyboard.press('Tab') // each product once
    await page.keyboard.press('Space')
    await page.waitForURL(/collapse=0/)
    await page.keyboard.press('Space')
    await page.waitForURL((url) => !url.searchParams.has('collapse'))
    await page.keyboard.press('Tab') // the first filter
    await page.keyboard.press('Space')
    await page.waitForSelector('.chip')
    await tabTo(page, /^BUTTON chip/)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.chip', { state: 'detached' })
    names = await hitNames(page)

    await tabTo(page, /^BUTTON pill More like/)
    await page.keyboard.press('Enter')
    await hitNames(page, names)
    // The focus stays among the hits.
    await eventually(async () => /hit-link|pill/.test(await focused(page)), 'focus among the hits')

    await tabTo(page, /Show more/)
    const before = await hits(page).count()
    await page.keyboard.press('Enter')
    await eventually(async () => (await hits(page).count()) > before, 'more hits')

    for (let i = 0; i < 12 && !(await page.locator('.product h1').count()); ++i) {
      await page.goBack()
      await page.waitForTimeout(150)
    }
    await eventually(async () => (await page.locator('h1').textContent()) === product, 'back at the product')
  }))
