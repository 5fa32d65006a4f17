// Makes the pictures of docs/images that show the page.

import { join } from 'node:path'
import { choosePhoto, desktop, hitNames, phone, startAll, stopAll, withPage } from './harness.mjs'
import { makeTwins } from './twins.mjs'

const folder = join(import.meta.dirname, '../../docs/images')

const save = async (page, name) => {
  await page.waitForFunction(() => [...document.images].every((image) => image.complete || image.loading === 'lazy'))
  await page.waitForTimeout(300)
  await page.screenshot({ path: join(folder, `${name}.jpg`), type: 'jpeg', quality: 82 })
}

await startAll()
try {
  await withPage(desktop, '/', async (page) => {
    await page.waitForSelector('.shelf-items img')
    await save(page, 'page-start')
  })
  await withPage({ ...desktop, viewport: { width: 1280, height: 900 } }, '/', async (page) => {
    await choosePhoto(page, 'heel-08')
    await page.waitForSelector('.word')
    await page.waitForSelector('.facet')
    await save(page, 'page-results')
  })
  await withPage(desktop, '/?item=lamp-07-front.jpg', async (page) => {
    await hitNames(page)
    await page.waitForSelector('.product .example')
    await save(page, 'page-product')
  })
  await withPage({ ...phone, deviceScaleFactor: 1.5, colorScheme: 'dark' }, '/', async (page) => {
    await choosePhoto(page, 'shirt-08')
    await page.waitForSelector('.word')
    await page.waitForSelector('.facets')
    await save(page, 'page-phone')
  })
  await makeTwins()
  await withPage({ ...desktop, viewport: { width: 1280, height: 860 } }, '/duplicates?c=twins&lane=same-photo', async (page) => {
    await page.getByRole('button', { name: /^Keep [^s]/ }).first().click()
    await page.getByText('One is kept', { exact: false }).waitFor()
    await page.evaluate(() => window.scrollTo(0, 0))
    await save(page, 'page-duplicates')
  })
} finally {
  await stopAll()
}
