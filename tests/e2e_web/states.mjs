// What the page says when something is not as hoped for.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  checkAccess, choosePhoto, desktop, eventually, hitNames, hits, makeFile, picture, run, startServer, stopServer, withPage,
} from './harness.mjs'

test('while a photo is searched with: its picture, and places for hits', () =>
  withPage(desktop, '/', async (page) => {
    await page.waitForSelector('.shelf-items a')
    let go
    const gate = new Promise((resolve) => (go = resolve))
    await page.route('**/search', async (route) => {
      await gate
      await route.continue()
    })
    const found = choosePhoto(page, 'heel-08')
    await page.waitForSelector('.hits .skeleton')
    await page.waitForSelector('.crop img')
    await picture(page, 'loading')
    await page.getByLabel('What counts').fill('1') // may be moved meanwhile
    go()
    await found
    await page.waitForURL(/w=1/)
    await page.waitForFunction(() => document.querySelector('.hits')?.getAttribute('aria-busy') === 'false')
  }))

test('an upload can be stopped', () =>
  withPage(desktop, '/', async (page) => {
    await page.waitForSelector('.shelf-items a')
    await page.route('**/search', () => {})
    void choosePhoto(page, 'heel-08').catch(() => {})
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.waitForSelector('.drop-area')
    void choosePhoto(page, 'heel-08').catch(() => {})
    await page.getByRole('button', { name: 'Stop' }).waitFor()
    await page.getByRole('link', { name: /Semblance/ }).click()
    await page.waitForSelector('.drop-area')
  }))

test('nothing found, and what to do about it', () =>
  withPage(desktop, '/?item=heel-03-front.jpg&f=baseColour%3ANone', async (page) => {
    await page.getByRole('heading', { name: 'Nothing found' }).waitFor()
    await checkAccess(page)
    await picture(page, 'nothing')
    await page.getByRole('button', { name: 'Take all filters away' }).click()
    await hitNames(page)
  }))

const refused = /status of 4\d\d/

test('a file that is no picture', () =>
  withPage(desktop, '/', async (page) => {
    await page.waitForSelector('.shelf-items a')
    await page.getByTestId('file').setInputFiles(makeFile('notes.jpg', 'no picture at all'))
    await page.getByText('This did not work').waitFor()
    await page.getByText('JPEG, PNG, WebP', { exact: false }).waitFor()
    await page.locator('.crop').getByText('no picture').waitFor()
    await checkAccess(page)
    await picture(page, 'error')
    await page.getByRole('button', { name: 'Choose another photo' }).waitFor()
    await page.getByRole('button', { name: 'Put this photo away' }).click()
    await page.waitForSelector('.drop-area')
  }, { expected: refused }))

test('a product that is gone, and a photo that the server forgot', async () => {
  await withPage(desktop, '/?item=nothing.jpg', async (page) => {
    await page.getByText('This is not here any more').waitFor()
    await page.getByRole('button', { name: 'Start again' }).click()
    await page.waitForSelector('.drop-area')
  }, { expected: refused })
  await withPage(desktop, '/?q=q_forgotten', async (page) => {
    await page.getByText('The server keeps photos', { exact: false }).waitFor()
  }, { expected: refused })
})

test('a photo that the server forgot is sent again while it is at hand', () =>
  withPage(desktop, '/', async (page) => {
    const names = await choosePhoto(page, 'heel-08')
    let forgot = false
    await page.route('**/search', async (route) => {
      const body = route.request().postData() ?? ''
      if (!body.includes('"query_id"')) return route.continue()
      forgot = true
      await route.fulfill({ status: 404, json: { error: { code: 'not_found', message: 'gone', details: null, request_id: '' } } })
    })
    await page.getByLabel('What counts').fill('1')
    await hitNames(page, names)
    assert.ok(forgot)
  }, { expected: refused }))

test('a server that is busy is asked again', () =>
  withPage(desktop, '/', async (page) => {
    await page.waitForSelector('.shelf-items a')
    let answers = 0
    await page.route('**/search', async (route) => {
      if (++answers > 2) return route.continue()
      await route.fulfill({
        status: answers === 1 ? 503 : 429,
        headers: { 'Retry-After': '1' },
        json: { error: { code: 'busy', message: 'busy', details: null, request_id: '' } },
      })
    })
    await choosePhoto(page, 'heel-08')
    assert.equal(answers, 3)
  }, { expected: /status of (429|503)/ }))

test('without a connection the page says so, keeps what it shows, and goes on by itself', () =>
  withPage(desktop, '/', async (page, context) => {
    const names = await choosePhoto(page, 'heel-08')
    await context.setOffline(true)
    await page.getByText('The server cannot be reached', { exact: false }).first().waitFor()
    assert.deepEqual(await page.locator('.hits .hit-name').allTextContents(), names)
    await page.getByLabel('What counts').fill('1')
    await page.getByRole('heading', { name: 'No connection' }).waitFor()
    await checkAccess(page)
    await picture(page, 'offline')
    await context.setOffline(false)
    await eventually(async () => (await page.locator('.banner').count()) === 0, 'the banner goes')
    await hitNames(page, names)
  }, { expected: /ERR_INTERNET_DISCONNECTED/ }))

test('a server that wants a key', async () => {
  const file = makeFile('keys/keys.json', '').replace(/keys\.json$/, 'made.json')
  const secret = run('keys', 'create', '--keys', file, '--name', 'test').match(/\S{20,}/)[0]
  const { address, child } = await startServer(['--keys', file, '--requests-per-second', '200'])
  try {
    await withPage(desktop, '/', async (page) => {
      const dialog = page.getByRole('dialog', { name: 'This server wants a key' })
      await dialog.waitFor()
      await picture(page, 'key')
      await page.getByLabel('Key', { exact: true }).fill('wrong-key')
      await page.getByRole('button', { name: 'Go on' }).click()
      await dialog.getByText('was not right', { exact: false }).waitFor()
      await checkAccess(page)
      await page.getByLabel('Key', { exact: true }).fill(secret)
      await page.getByRole('button', { name: 'Go on' }).click()
      await page.waitForFunction(() => document.querySelector('.shelf-items img')?.naturalWidth > 0)
      await choosePhoto(page, 'heel-08')
      await page.reload() // the key is kept
      await hitNames(page)
      await page.waitForFunction(() => document.querySelector('.hits img')?.naturalWidth > 0)
      assert.ok((await hits(page).count()) > 0)
      await page.getByRole('link', { name: 'Status' }).click()
      await page.getByText('for an admin’s key', { exact: false }).first().waitFor()
    }, { address, expected: /status of (401|403)/ })
  } finally {
    await stopServer(child)
  }
})
