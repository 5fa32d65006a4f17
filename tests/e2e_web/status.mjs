// The status page, and choosing among collections.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { checkAccess, choosePhoto, desktop, eventually, makeFile, picture, queryPhoto, site, withPage } from './harness.mjs'

const json = (body) => ({ method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } })

/** Begins a sync of three photos and a broken one into a collection of their own. */
async function syncSecond() {
  makeFile('source/broken.jpg', 'no picture')
  for (const name of ['heel-08', 'lamp-07', 'shirt-08']) {
    makeFile(`source/${name}.jpg`, readFileSync(queryPhoto(name)))
  }
  const folder = dirname(makeFile('source/notes.txt', 'left out'))
  await fetch(`${site}/v1/collections/second`, json({})) // may be there
  assert.equal((await fetch(`${site}/v1/collections/second/sync`, json({ sources: [folder] }))).status, 202)
  await eventually(async () => (await (await fetch(`${site}/v1/collections/second`)).json()).items === 3, 'three photos')
}

test('a sync is seen from beginning to end, with its problems', () =>
  withPage(desktop, '/', async (page) => {
    await choosePhoto(page, 'heel-08')
    await page.getByRole('link', { name: 'Status' }).click()
    await page.getByRole('heading', { name: 'Status', level: 1 }).waitFor()
    await page.getByText('No sync is running.').waitFor()
    assert.match(await page.locator('.card').textContent(), /Photos726.*Products264.*semblance-/s)
    await page.getByText('Understanding a photo').waitFor()

    await syncSecond()
    await page.reload()
    const card = page.locator('.card', { hasText: 'second' })
    await card.getByText(/3 added.*1 failed/).waitFor({ timeout: 30000 })
    await card.locator('summary', { hasText: 'Not a picture' }).click()
    await card.getByText('broken.jpg', { exact: true }).waitFor()
    await checkAccess(page)
    await picture(page, 'status')
    await card.getByRole('link', { name: 'second' }).click()
    await eventually(async () => (await page.locator('.shelf-items a').count()) === 3, 'its three products')
  }))

test('another collection is chosen at the top', () =>
  withPage(desktop, '/status', async (page) => {
    await syncSecond()
    await page.goto('/')
    await eventually(async () => (await page.locator('.shelf-items a').count()) === 18, 'the first collection')
    await page.getByLabel('Collection').selectOption('second')
    await page.waitForURL(/c=second/)
    await eventually(async () => (await page.locator('.shelf-items a').count()) === 3, 'the second one')
    await page.goBack()
    await eventually(async () => (await page.locator('.shelf-items a').count()) === 18, 'the first one again')
  }))

test('a running sync shows how far it is', () =>
  withPage(desktop, '/', async (page) => {
    const job = {
      id: 'j', kind: 'sync', collection: 'default', sources: ['/photos/summer'], dry_run: false, state: 'running',
      progress: { phase: 'indexing', done: 1240, total: 5300, failed: 2 }, notices: [], report: null, error: null,
      created: '2024-05-01T12:00:00Z', started: '2024-05-01T12:00:00Z', finished: null,
    }
    let jobs = [job]
    await page.route('**/v1/jobs', (route) => route.fulfill({ json: { jobs } }))
    await page.goto('/status')
    await page.getByText('indexing: 1,240 of 5,300, 2 failed').waitFor()
    const bar = page.getByRole('progressbar', { name: 'Sync of default' })
    assert.ok(Math.abs((await bar.evaluate((element) => element.position)) - 1240 / 5300) < 0.001)
    jobs = [{ ...job, state: 'failed', finished: '2024-05-01T12:01:00Z', error: { code: 'io', message: 'The disk is full.' } }]
    await page.getByText('The disk is full.').waitFor()
    await page.getByText('No sync is running.').waitFor()
  }))
