// What can be done with hits.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choosePhoto, desktop, eventually, hitNames, hits, phone, withPage } from './harness.mjs'

const sent = (page) => {
  const bodies = []
  page.on('request', (request) => {
    if (request.url().endsWith('/search')) bodies.push(request.postData() ?? '')
  })
  return bodies
}

/** Moves the mouse between two points given in shares of an element. */
async function drag(page, selector, from, to) {
  const area = await page.locator(selector).boundingBox()
  const at = ([x, y]) => [area.x + x * area.width, area.y + y * area.height]
  await page.mouse.move(...at(from))
  await page.mouse.down()
  await page.mouse.move(...at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]))
  await page.mouse.move(...at(to))
  await page.mouse.up()
}

test('a part of the photo: drawn, moved, resized, without sending the photo again', () =>
  withPage(desktop, '/', async (page) => {
    let names = await choosePhoto(page, 'heel-08')
    await page.waitForSelector('[data-testid=crop]')
    const bodies = sent(page)
    await drag(page, '.crop', [0.55, 0.05], [0.95, 0.4])
    names = await hitNames(page, names)
    await page.waitForURL(/box=/)
    const drawn = new URL(page.url()).searchParams.get('box').split(',').map(Number)
    assert.ok(Math.abs(drawn[0] - 0.55) < 0.02 && Math.abs(drawn[2] - 0.4) < 0.02, String(drawn))
    await drag(page, '[data-testid=crop]', [0.5, 0.5], [-0.5, 1.2])
    names = await hitNames(page, names)
    await drag(page, '[data-grip=se]', [0.5, 0.5], [3, 3])
    await hitNames(page, names)
    for (const body of bodies) {
      const fields = JSON.parse(body) // a form would be no JSON
      assert.match(fields.query_id, /^q_/)
      assert.equal(fields.box.length, 4)
    }
    assert.ok(bodies.length >= 3)
    const shared = page.url()
    await page.getByRole('button', { name: 'Use the whole photo' }).click()
    await page.waitForURL((url) => !url.searchParams.has('box'))
    await page.goto(shared)
    await page.waitForSelector('.cropped')
  }))

test('the slider between shape and colour answers at once and says why', () =>
  withPage(desktop, '/', async (page) => {
    const names = await choosePhoto(page, 'shirt-08')
    await page.waitForSelector('.why')
    const slider = page.getByLabel('What counts')
    assert.equal(await slider.getAttribute('aria-valuetext'), 'shape more than colour')
    await slider.fill('1')
    const byColour = await hitNames(page, names)
    assert.equal(await slider.getAttribute('aria-valuetext'), 'colour only')
    await page.waitForURL(/w=1/)
    await slider.fill('0')
    const byShape = await hitNames(page, byColour)
    assert.notDeepEqual(byShape, byColour)
    assert.equal(await page.locator('.why').count(), 0) // there is nothing to tell apart
    await page.waitForURL(/w=0/)
    await slider.fill('0.5')
    await page.waitForSelector('.why')
    const words = new Set(await page.locator('.why').allTextContents())
    assert.ok(words.size >= 2, [...words].join())
  }))

test('closeness is words and a bar, never a number', () =>
  withPage(desktop, '/', async (page) => {
    await choosePhoto(page, 'lamp-07')
    await page.waitForSelector('.closeness .word')
    const words = await page.locator('.closeness .word').allTextContents()
    assert.ok(words.every((word) => ['very close', 'close', 'related'].includes(word)))
    assert.ok(!(await page.locator('.found').textContent()).includes('%'))
    const levels = await page.locator('.closeness .bar').evaluateAll((bars) =>
      bars.map((bar) => Number(bar.style.getPropertyValue('--level'))),
    )
    assert.ok(levels.every((level, i) => i === 0 || level <= levels[i - 1]), levels.join())
  }))

test('filters: counts, chips, and taking them away', () =>
  withPage(desktop, '/', async (page) => {
    const all = await choosePhoto(page, 'heel-08')
    const facet = page.getByRole('group', { name: 'Master category' })
    await facet.getByLabel(/Furniture/).check()
    const furniture = await hitNames(page, all)
    assert.ok(furniture.every((name) => !/Heels|Boots/.test(name)), furniture.join())
    // Counts of the others are those under the filter; of the same attribute, those without it.
    await eventually(async () => (await page.getByRole('group', { name: 'Article type' }).locator('label').count()) === 6, 'six kinds of furniture')
    assert.match(await facet.locator('label', { hasText: 'Footwear' }).textContent(), /88/)
    await facet.getByLabel(/Kitchen/).check()
    await eventually(async () => (await page.locator('.chip').count()) === 2, 'two chips')
    await page.waitForURL(/f=masterCategory/)
    await page.reload()
    await hitNames(page)
    assert.equal(await page.locator('.chip').count(), 2)
    await page.getByRole('button', { name: 'Remove filter Master category: Kitchen' }).click()
    await eventually(async () => (await page.locator('.chip').count()) === 1, 'one chip')
    assert.deepEqual(await hitNames(page), furniture)
    await page.getByRole('button', { name: /Remove filter/ }).click()
    assert.deepEqual(await hitNames(page, furniture), all)
  }))

test('each product once, or every photo', () =>
  withPage(desktop, '/', async (page) => {
    const once = await choosePhoto(page, 'lamp-07')
    assert.equal(new Set(once).size, once.length)
    await page.getByRole('switch', { name: 'Each product once' }).uncheck()
    const every = await hitNames(page, once)
    assert.ok(new Set(every).size < every.length)
    await page.waitForURL(/collapse=0/)
  }))

test('more like this, less like this', () =>
  withPage(desktop, '/', async (page) => {
    let names = await choosePhoto(page, 'heel-08')
    await hits(page).nth(1).hover()
    const liked = names[1]
    await page.getByRole('button', { name: `More like ${liked}` }).first().click()
    names = await hitNames(page, names)
    await page.waitForURL(/[?&]like=/)
    await page.getByRole('button', { name: /^Less like/ }).first().click()
    names = await hitNames(page, names)
    await page.waitForURL(/unlike=/)
    assert.equal(await page.locator('.examples .example').count(), 2)
    await page.reload()
    assert.deepEqual(await hitNames(page), names)
    await page.getByRole('button', { name: /Remove .* “Less like”/ }).click()
    names = await hitNames(page, names)
    await page.goBack()
    await eventually(async () => (await page.locator('.examples .example').count()) === 2, 'back')
  }))

test('scrolling brings more, and back finds the place again', () =>
  withPage(desktop, '/', async (page) => {
    await choosePhoto(page, 'heel-08')
    assert.equal(await hits(page).count(), 24)
    await hits(page).last().scrollIntoViewIfNeeded()
    await eventually(async () => (await hits(page).count()) >= 48, 'a second page')
    const ids = await hits(page).evaluateAll((links) => links.map((link) => link.href))
    assert.equal(new Set(ids).size, ids.length)
    await hits(page).nth(40).scrollIntoViewIfNeeded()
    await page.waitForTimeout(400) // the place is kept when scrolling rests
    const place = await page.evaluate(() => scrollY)
    await hits(page).nth(40).click()
    await page.waitForSelector('.product h1')
    assert.equal(await page.evaluate(() => scrollY), 0)
    await page.goBack()
    await eventually(async () => Math.abs((await page.evaluate(() => scrollY)) - place) < 4, 'the same place')
    assert.ok((await hits(page).count()) >= 48)
  }))

test('the end is said where all was seen', () =>
  withPage(desktop, '/', async (page) => {
    const names = await choosePhoto(page, 'heel-08')
    await page.getByRole('group', { name: 'Master category' }).getByLabel(/Footwear/).check()
    await hitNames(page, names)
    await eventually(async () => {
      await page.mouse.wheel(0, 5000)
      return (await page.getByText('That is all.').count()) === 1
    }, 'the end')
  }))

test('on a phone: filters unfold, corners crop, everything can be touched', () =>
  withPage(phone, '/', async (page, context) => {
    let names = await choosePhoto(page, 'heel-08')
    const { x, y, width, height } = await page.locator('[data-grip=nw]').boundingBox()
    const finger = await context.newCDPSession(page)
    const touch = (type, ...points) => finger.send('Input.dispatchTouchEvent', { type, touchPoints: points })
    const start = { x: x + width / 2, y: y + height / 2 }
    await touch('touchStart', start)
    for (let i = 1; i <= 5; ++i) await touch('touchMove', { x: start.x + 8 * i, y: start.y + 16 * i })
    await touch('touchEnd')
    names = await hitNames(page, names)
    await page.waitForURL(/box=/)
    // A tap right after a drag may be taken for a part of it.
    await eventually(async () => {
      if (await page.locator('details.facets[open]').count()) return true
      await page.locator('summary', { hasText: 'Filters' }).tap()
      return false
    }, 'filters unfold')
    await page.getByRole('group', { name: 'Master category' }).getByLabel(/Footwear/).tap()
    await hitNames(page, names)
    await page.locator('summary', { hasText: 'Filters (1)' }).tap()
    const small = await page.locator('button, summary, select, .hit-link, .facet-value, .switch, .logo, nav a').evaluateAll((elements) =>
      elements
        .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height > 0)
        .filter((element) => element.getBoundingClientRect().height < 43.5 || element.getBoundingClientRect().width < 43.5)
        .map((element) => element.outerHTML),
    )
    assert.deepEqual(small, [])
    await page.getByRole('button', { name: /^More like/ }).first().tap()
    await page.waitForURL(/like=/)
  }))
