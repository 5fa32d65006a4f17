// The page of a product.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choosePhoto, desktop, eventually, hitNames, hits, withPage } from './harness.mjs'

test('a hit opens its product: photos, attributes, neighbours', () =>
  withPage(desktop, '/', async (page) => {
    const names = await choosePhoto(page, 'lamp-07')
    await hits(page).first().click()
    await page.waitForURL(/item=lamp-07/)
    assert.equal(await page.locator('h1').textContent(), names[0])
    await eventually(async () => (await page.locator('.product .example').count()) === 3, 'three photos')
    assert.match(await page.locator('.attributes').textContent(), /Article type.*Lamps.*Base colour/s)
    const neighbours = await hits(page).evaluateAll((links) => links.map((link) => decodeURIComponent(link.href)))
    assert.ok(neighbours.length > 0 && neighbours.every((href) => !href.includes('item=lamp-07')))
    const image = page.locator('.product-photo img')
    const before = await image.getAttribute('src')
    await page.getByRole('button', { name: /Photo \d of 3/, pressed: false }).first().click()
    await eventually(async () => (await image.getAttribute('src')) !== before, 'another photo')
    await page.goBack()
    assert.deepEqual(await hitNames(page), names)
  }))

test('neighbours of neighbours, and a title that says where one is', () =>
  withPage(desktop, '/?item=heel-03-front.jpg', async (page) => {
    await hitNames(page)
    const first = await page.locator('h1').textContent()
    await page.waitForFunction((name) => document.title === `${name} – Semblance`, first)
    await hits(page).first().click()
    await page.waitForFunction((name) => document.querySelector('h1')?.textContent !== name, first)
  }))

test('a product’s photo becomes one that can be cropped', () =>
  withPage(desktop, '/?item=teapot-03-front.jpg', async (page) => {
    await hitNames(page)
    await page.getByRole('button', { name: 'Search with a part of this photo' }).click()
    await page.waitForURL(/q=q_/)
    await page.waitForSelector('[data-testid=crop]')
    assert.match((await hitNames(page))[0], /Teapot/)
  }))
