// Every page in every size and both colours: looked at by axe-core, and by people in the pictures
// that are left behind.

import { test } from 'node:test'
import { checkAccess, choosePhoto, desktop, hitNames, hits, phone, picture, wide, withPage } from './harness.mjs'
import { makeTwins } from './twins.mjs'

const sizes = { desktop, phone, wide }

const pages = {
  start: async (page) => {
    await page.waitForSelector('.shelf-items a')
  },
  results: async (page) => {
    await choosePhoto(page, 'heel-08')
    await page.waitForSelector('.word')
    await page.waitForSelector('.facet', { state: 'attached' })
  },
  refined: async (page) => {
    let names = await choosePhoto(page, 'shirt-08')
    await hits(page).nth(1).hover()
    await page.getByRole('button', { name: /^More like/ }).nth(1).click()
    names = await hitNames(page, names)
    await page.getByRole('button', { name: /^Less like/ }).nth(3).click()
    names = await hitNames(page, names)
    const isFolded = (await page.locator('summary', { hasText: 'Filters' }).count()) > 0
    if (isFolded) await page.locator('summary', { hasText: 'Filters' }).click()
    await page.getByRole('group', { name: 'Master category' }).getByLabel(/Apparel/).check()
    await page.waitForSelector('.chip')
    await page.waitForSelector('[data-testid=crop]')
    await page.locator('[data-testid=crop]').focus()
    await page.keyboard.press('ArrowDown')
    await page.waitForSelector('.cropped')
    await hitNames(page)
    await page.evaluate(() => window.scrollTo(0, 0))
  },
  product: async (page) => {
    await page.goto('/?item=lamp-07-front.jpg')
    await hitNames(page)
    await page.waitForSelector('.product .example')
  },
  duplicates: async (page) => {
    await makeTwins()
    await page.goto('/duplicates?c=twins&lane=same-photo')
    await page.waitForSelector('.group img')
  },
  status: async (page) => {
    await page.goto('/status')
    await page.waitForSelector('.card')
  },
}

for (const [size, options] of Object.entries(sizes)) {
  for (const [name, prepare] of Object.entries(pages)) {
    for (const colorScheme of ['light', 'dark']) {
      test(`${name}, ${size}, ${colorScheme}`, () =>
        withPage({ ...options, colorScheme, reducedMotion: 'reduce' }, '/', async (page) => {
          await prepare(page)
          await checkAccess(page)
          await picture(page, `${name}-${size}-${colorScheme}`)
        }))
    }
  }
}
