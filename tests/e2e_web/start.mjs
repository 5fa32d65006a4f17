// Ways to begin: the shelf, a photo that is chosen, dropped, pasted, taken, or has an address.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { choosePhoto, desktop, eventually, hitNames, phone, pictureAddress, queryPhoto, withPage } from './harness.mjs'

test('the shelf shows products, others on demand, and the same after back', () =>
  withPage(desktop, '/', async (page) => {
    const names = () => page.locator('.shelf-items a .tile-name').allTextContents()
    await page.waitForSelector('.shelf-items a')
    const first = await names()
    assert.equal(first.length, 18)
    await page.getByRole('button', { name: 'Show others' }).click()
    await eventually(async () => (await names()).length === 18 && (await names()).join() !== first.join(), 'others')
    const second = await names()
    await page.locator('.shelf-items a').first().click()
    await page.waitForURL(/\?.*item=/)
    assert.equal(await page.locator('h1').textContent(), second[0])
    await page.goBack()
    await page.waitForSelector('.shelf-items a')
    assert.deepEqual(await names(), second)
  }))

test('a photo that is chosen', () =>
  withPage(desktop, '/', async (page) => {
    const names = await choosePhoto(page, 'heel-08')
    assert.match(names[0], /Heels/)
    await page.waitForURL(/[?&]q=q_/)
    await page.reload()
    assert.deepEqual(await hitNames(page), names)
    await page.waitForFunction(() => document.querySelector('.crop img')?.naturalWidth > 0)
    await page.goBack()
    await page.waitForSelector('.drop-area')
    await page.goForward()
    assert.deepEqual(await hitNames(page), names)
  }))

const transferOf = (page, name) =>
  page.evaluateHandle(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
    const transfer = new DataTransfer()
    transfer.items.add(new File([bytes], 'photo.jpg', { type: 'image/jpeg' }))
    return transfer
  }, readFileSync(queryPhoto(name)).toString('base64'))

test('a photo that is dropped anywhere', () =>
  withPage(desktop, '/', async (page) => {
    await page.waitForSelector('.shelf-items a')
    const dataTransfer = await transferOf(page, 'lamp-07')
    await page.dispatchEvent('.shelf', 'dragenter', { dataTransfer })
    await page.waitForSelector('.drop-overlay')
    await page.dispatchEvent('.shelf', 'dragleave', { dataTransfer })
    await page.waitForSelector('.drop-overlay', { state: 'detached' })
    await page.dispatchEvent('.shelf', 'dragenter', { dataTransfer })
    await page.dispatchEvent('.shelf', 'drop', { dataTransfer })
    assert.match((await hitNames(page))[0], /Lamp/)
    assert.equal(await page.locator('.drop-overlay').count(), 0)
  }))

test('a photo that is pasted, also over results', () =>
  withPage(desktop, '/', async (page) => {
    const paste = async (name) => {
      const clipboardData = await transferOf(page, name)
      await page.evaluate((data) => {
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
      }, clipboardData)
    }
    await page.waitForSelector('.shelf-items a')
    await paste('shirt-08')
    const shirts = await hitNames(page)
    assert.match(shirts[0], /Shirt/)
    await paste('lamp-07')
    assert.match((await hitNames(page, shirts))[0], /Lamp/)
  }))

test('the address of a picture, typed and pasted', () =>
  withPage(desktop, '/', async (page) => {
    await page.getByLabel('Address of a picture').fill(pictureAddress)
    await page.getByLabel('Address of a picture').press('Enter')
    assert.match((await hitNames(page))[0], /Lamp/)
    // What was fetched is shown as the server keeps it.
    await page.waitForFunction(() => document.querySelector('.crop img')?.naturalWidth > 0)
    await page.goBack()
    await page.waitForSelector('.drop-area')
    await page.evaluate((address) => {
      const data = new DataTransfer()
      data.setData('text/plain', address)
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    }, pictureAddress)
    assert.match((await hitNames(page))[0], /Lamp/)
  }))

test('a phone offers its camera', () =>
  withPage(phone, '/', async (page) => {
    await page.getByRole('button', { name: 'Take a photo' }).waitFor()
    const camera = page.getByTestId('camera')
    assert.equal(await camera.getAttribute('capture'), 'environment')
    await camera.setInputFiles(queryPhoto('heel-08'))
    assert.match((await hitNames(page))[0], /Heels/)
  }))
