// The page of duplicates: lanes, groups side by side, decisions, the list of files that may go.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  checkAccess, desktop, eventually, makeFile, picture, run, site, startServer, stopServer, withPage,
} from './harness.mjs'
import { equal, json, makeTwins, smaller } from './twins.mjs'

const api = '/v1/collections/twins/duplicates'
const groupsOf = async () => (await (await fetch(`${site}${api}?limit=200`)).json()).groups ?? []

/** Forgets what tests before have decided. */
async function undecideAll() {
  await makeTwins()
  for (const { group, decision } of await groupsOf()) {
    if (decision) await fetch(`${site}${api}/${group}/decision`, { method: 'DELETE' })
  }
}

const groups = (page) => page.locator('.group')
const tab = (page, name) => page.getByRole('tab', { name })

test('lanes, groups and their evidence', async () => {
  await undecideAll()
  await withPage(desktop, '/', async (page) => {
    await page.getByLabel('Collection').selectOption('twins')
    await page.getByRole('link', { name: 'Duplicates' }).click()
    await page.getByRole('heading', { name: 'Duplicates', level: 1 }).waitFor()
    await eventually(async () => (await groups(page).count()) === equal.length, 'the equal files')
    assert.equal(await tab(page, 'Identical').getAttribute('aria-selected'), 'true')
    assert.match(await groups(page).first().textContent(), /equal file/)
    await tab(page, 'Same photo').click()
    await page.waitForURL(/c=twins.*lane=same-photo/)
    await eventually(async () => (await groups(page).count()) === smaller.length, 'photos in two sizes')
    const text = await groups(page).first().textContent()
    assert.match(text, /best.*\d+ × \d+, .*KiB.*(hash bits differ|equal hash)/s)
    const photos = groups(page).first().locator('.twin')
    assert.doesNotMatch(await photos.first().textContent(), /small\//)
    await tab(page, 'Look-alike').click()
    await page.getByText('score 0.9', { exact: false }).first().waitFor()
    await checkAccess(page)
    await picture(page, 'duplicates-alike')
    await page.goBack()
    await eventually(async () => (await groups(page).count()) === smaller.length, 'the lane before')
    await page.getByRole('link', { name: /^Look at / }).first().click()
    await page.waitForSelector('.product h1')
  })
})

test('keep, undo, not duplicates, and the list of what may go', async () => {
  await undecideAll()
  await withPage(desktop, '/duplicates?c=twins&lane=same-photo', async (page) => {
    await groups(page).first().waitFor()
    await page.getByRole('button', { name: 'Save the list' }).click()
    await page.getByText('No file may go yet', { exact: false }).waitFor()
    const first = groups(page).first()
    await first.getByRole('button', { name: /^Keep [^s]/ }).click()
    await first.getByText('One is kept, the other may go.').waitFor()
    assert.match(await tab(page, 'Same photo').textContent(), /2/)
    await picture(page, 'duplicates-kept')
    await checkAccess(page)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save the list' }).click()
    const list = readFileSync(await (await download).path(), 'utf8').trim().split('\n')
    assert.equal(list.length, 1)
    assert.match(list[0], /twins\/small\/boot-01\.jpg$/)
    await page.getByText('Saved: 1 file may go.').waitFor()

    await first.getByRole('button', { name: 'Undo' }).click()
    await first.getByText('One is kept', { exact: false }).waitFor({ state: 'hidden' })
    assert.match(await tab(page, 'Same photo').textContent(), /3/)
    await groups(page).nth(1).getByRole('button', { name: 'Not duplicates' }).click()
    await groups(page).nth(1).getByText('they stay apart', { exact: false }).waitFor()

    await page.reload() // it is remembered
    await eventually(async () => (await groups(page).count()) === 2, 'what is left to decide')
    await page.getByRole('button', { name: 'Decided', exact: true }).click()
    await eventually(async () => (await groups(page).count()) === 1, 'what was decided')
    await groups(page).first().getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'To decide' }).click()
    await eventually(async () => (await groups(page).count()) === 3, 'all of them again')
  })
})

test('all groups of a lane by keyboard alone', async () => {
  await undecideAll()
  await withPage(desktop, '/duplicates?c=twins&lane=identical', async (page) => {
    await groups(page).first().waitFor()
    await tab(page, 'Identical').focus()
    await page.keyboard.press('ArrowRight')
    await page.waitForURL(/lane=same-photo/)
    assert.equal(await page.evaluate(() => document.activeElement.id), 'lane-same-photo')
    await page.keyboard.press('Home')
    await page.waitForURL(/lane=identical/)
    await eventually(async () => (await groups(page).count()) === equal.length, 'the equal files')
    const place = () =>
      page.evaluate(() => [...document.querySelectorAll('.group')].indexOf(document.activeElement.closest('.group')))
    for (let i = 0; i < 20 && (await place()) < 0; ++i) await page.keyboard.press('Tab')
    await page.keyboard.press('j')
    assert.equal(await place(), 1)
    await page.keyboard.press('k')
    assert.equal(await place(), 0)
    await page.keyboard.press('2') // keeps the second photo, and goes on
    await eventually(async () => (await place()) === 1, 'the second group')
    assert.match(await groups(page).first().locator('.kept').textContent(), /Kept/)
    await page.keyboard.press('n')
    await eventually(async () => (await place()) === 2, 'the third group')
    await page.keyboard.press('k')
    await page.keyboard.press('u')
    await groups(page).nth(1).getByText('they stay apart', { exact: false }).waitFor({ state: 'hidden' })
    await page.keyboard.press('Tab') // from the group to its first photo, then to "keep"
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await groups(page).nth(1).getByText('One is kept', { exact: false }).waitFor()
    assert.equal(await place(), 1, 'a button keeps the focus')
    await page.keyboard.press('Enter')
    await groups(page).nth(1).getByText('One is kept', { exact: false }).waitFor({ state: 'hidden' })
  })
})

test('when there is nothing, or nothing more to decide', async () => {
  await undecideAll()
  await withPage(desktop, '/duplicates?lane=identical', async (page) => {
    await page.getByText('Every picture is there once.').waitFor()
    await tab(page, 'Same photo').click()
    await page.getByText('No photo is there in several versions.').waitFor()
    await checkAccess(page)
    await picture(page, 'duplicates-none')
    await page.getByRole('button', { name: 'Decided', exact: true }).click()
    await page.getByText('Nothing was decided yet').waitFor()
  })
  for (const { group, lane } of await groupsOf()) {
    if (lane === 'identical') await fetch(`${site}${api}/${group}/decision`, json('PUT', { verdict: 'not_duplicates' }))
  }
  await withPage(desktop, '/duplicates?c=twins&lane=identical', async (page) => {
    await page.getByText('All of them are decided about').waitFor()
    await page.getByRole('button', { name: 'Look at what was decided' }).click()
    await eventually(async () => (await groups(page).count()) === equal.length, 'the decided ones')
  })
  await undecideAll()
})

test('while they are being found, and after photos changed', async () => {
  await undecideAll()
  let state = 'looking'
  await withPage(desktop, '/', async (page) => {
    await page.route('**/v1/collections/*/duplicates?*', async (route) => {
      if (state === 'looking') {
        const progress = { what: 'comparing pixels', done: 58880, total: 257673 }
        return route.fulfill({ status: 202, headers: { 'Retry-After': '1' }, json: { progress } })
      }
      const answer = await route.fetch()
      const page = await answer.json()
      const old = { current: false, progress: { what: 'looking at photos', done: 3, total: 12 } }
      await route.fulfill({ response: answer, json: state === 'old' ? { ...page, ...old } : page })
    })
    await page.goto('/duplicates?c=twins&lane=same-photo')
    await page.getByText('Comparing photos: 58,880 of 257,673').waitFor()
    await checkAccess(page)
    await picture(page, 'duplicates-looking')
    state = 'old'
    await groups(page).first().waitFor()
    await page.getByText('Photos have changed', { exact: false }).waitFor()
    await page.getByText('Looking at new photos: 3 of 12').waitFor()
    state = 'current'
    await page.getByRole('button', { name: 'Show the groups of now' }).click()
    await page.getByText('Photos have changed', { exact: false }).waitFor({ state: 'hidden' })
    assert.equal(await groups(page).count(), smaller.length)
  })
})

test('more groups than a page has', async () => {
  await undecideAll()
  await withPage(desktop, '/', async (page) => {
    await page.route('**/v1/collections/*/duplicates?*', async (route) => {
      const url = new URL(route.request().url())
      if (url.searchParams.get('limit') === '20') url.searchParams.set('limit', '2')
      await route.continue({ url: url.href })
    })
    await page.goto('/duplicates?c=twins&lane=identical')
    await eventually(async () => (await groups(page).count()) === 2, 'the first page')
    // A decision moves no group: the cursor goes on behind the last one.
    await groups(page).first().getByRole('button', { name: 'Not duplicates' }).click()
    await groups(page).first().getByText('they stay apart', { exact: false }).waitFor()
    await page.getByRole('button', { name: 'Show more groups' }).click()
    await eventually(async () => (await groups(page).count()) === 3, 'the second page')
    await page.getByRole('button', { name: 'Show more groups' }).waitFor({ state: 'detached' })
  })
})

test('a decision that the server refuses', async () => {
  await undecideAll()
  await withPage(desktop, '/duplicates?c=twins&lane=identical', async (page) => {
    await page.route('**/decision', (route) =>
      route.fulfill({ status: 404, json: { error: { code: 'not_found', message: 'its photos have changed', details: null, request_id: '' } } }),
    )
    await groups(page).first().getByRole('button', { name: /^Keep/ }).first().click()
    await groups(page).first().getByRole('alert').getByText('its photos have changed').waitFor()
    assert.equal(await groups(page).first().locator('.kept').count(), 0)
  }, { expected: /status of 404/ })
})

test('a key that may only search sees none', async () => {
  const file = makeFile('keys/keys.json', '').replace(/keys\.json$/, 'search.json')
  const secret = run('keys', 'create', '--keys', file, '--name', 'test').match(/\S{20,}/)[0]
  const { address, child } = await startServer(['--keys', file, '--requests-per-second', '200'])
  try {
    await withPage(desktop, '/duplicates', async (page) => {
      await page.getByLabel('Key', { exact: true }).fill(secret)
      await page.getByRole('button', { name: 'Go on' }).click()
      await page.getByText('For admins only').waitFor()
    }, { address, expected: /status of (401|403)/ })
  } finally {
    await stopServer(child)
  }
})
