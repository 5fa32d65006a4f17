// What the tests of the page share: a real server on a copy of the demo catalogue, a browser, and
// pages that remember what went wrong.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const env = (name, fallback) => {
  const value = process.env[name] ?? fallback
  assert.ok(value, `${name} is not set: scripts/test-web runs these tests`)
  return value
}

const program = env('SEMBLANCE_PROGRAM')
const demo = env('SEMBLANCE_DEMO')
const screenshots = env('SEMBLANCE_SCREENSHOTS')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const catalogue = join(demo, 'catalogue')
export const queryPhoto = (name) => join(catalogue, 'queries', `${name}-query.jpg`)

export const desktop = { viewport: { width: 1280, height: 800 } }
export const wide = { viewport: { width: 2560, height: 1300 } }
export const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }

let folder
let browser
const servers = []
let pictures

/** Starts the program; resolves to its address once it listens. */
export async function startServer(options = []) {
  const log = join(folder, 'access.log')
  const serve = ['--data', join(folder, 'data'), 'serve', '--port', '0', '--access-log', log]
  const child = spawn(program, [...serve, ...options], { stdio: ['ignore', 'ignore', 'pipe'] })
  servers.push(child)
  let text = ''
  return new Promise((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      text += chunk
      const address = /listening on (http:\/\/\S+)/.exec(text)?.[1]
      if (address) resolve({ address, child })
    })
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${text}`)))
    setTimeout(() => reject(new Error(`the server does not listen: ${text}`)), 30000).unref()
  })
}

export async function stopServer(child) {
  if (child.exitCode !== null) return
  await new Promise((resolve) => {
    child.on('exit', resolve)
    child.kill('SIGTERM')
  })
}

export const run = (...options) =>
  execFileSync(program, ['--data', join(folder, 'data'), ...options], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

export let site // the address of the server that most tests ask
export let pictureAddress // of a photo on another server

export async function startAll() {
  folder = mkdtempSync(join(tmpdir(), 'semblance-web-'))
  cpSync(join(demo, 'data'), join(folder, 'data'), { recursive: true, dereference: true })
  mkdirSync(screenshots, { recursive: true })
  site = (await startServer(['--allow-private'])).address
  pictures = createServer((request, response) => {
    response.setHeader('Content-Type', 'image/jpeg')
    response.end(readFileSync(queryPhoto('lamp-07')))
  })
  await new Promise((resolve) => pictures.listen(0, '127.0.0.1', resolve))
  pictureAddress = `http://127.0.0.1:${pictures.address().port}/lamp.jpg`
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid() === 0 ? ['--no-sandbox'] : [],
  })
}

export async function stopAll() {
  await browser?.close()
  pictures?.close()
  for (const child of servers) await stopServer(child)
  if (folder) rmSync(folder, { recursive: true, force: true })
}

/** A file of the tests' own folder. */
export function makeFile(name, content) {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content)
  return path
}

/**
 * Opens the page, lets `journey` use it, and fails where the console complained. `expected`: errors
 * that the journey provokes.
 */
export async function withPage(options, path, journey, { expected = null, address = site } = {}) {
  const context = await browser.newContext({ baseURL: address, ...options })
  context.setDefaultTimeout(8000)
  const page = await context.newPage()
  const complaints = []
  page.on('console', (message) => {
    const text = `${message.text()} (${message.location().url})`
    if (['error', 'warning'].includes(message.type()) && !expected?.test(text)) complaints.push(text)
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  try {
    await page.goto(path)
    await journey(page, context)
    assert.deepEqual(complaints, [])
  } catch (error) {
    await page.screenshot({ path: join(screenshots, 'failed.png') }).catch(() => {})
    throw error
  } finally {
    await context.close()
  }
}

export const picture = async (page, name) => {
  await page.waitForFunction(() =>
    [...document.images].every((image) => {
      const { top, bottom } = image.getBoundingClientRect()
      return image.complete || bottom < 0 || top > innerHeight
    }),
  )
  await page.screenshot({ path: join(screenshots, `${name}.png`) })
}

export const hits = (page) => page.locator('.hits .hit-link')

/** Names of the hits, once they are not those of before. */
export async function hitNames(page, before = null) {
  await page.waitForFunction(
    (old) => {
      const list = document.querySelector('.hits')
      if (!list || list.getAttribute('aria-hidden') || list.getAttribute('aria-busy') === 'true') return false
      const names = [...list.querySelectorAll('.hit-name')].map((each) => each.textContent)
      return names.length > 0 && JSON.stringify(names) !== JSON.stringify(old)
    },
    before,
  )
  return page.locator('.hits .hit-name').allTextContents()
}

export async function choosePhoto(page, name) {
  await page.locator('[data-testid=file]').first().setInputFiles(queryPhoto(name))
  return hitNames(page)
}

/** No serious or critical violations, and nothing wider than the window. */
export async function checkAccess(page) {
  const width = page.viewportSize().width
  const overflow = (await page.evaluate(() => Math.max(document.documentElement.scrollWidth, innerWidth))) - width
  assert.ok(overflow <= 0, `the page is ${overflow} px wider than the window`)
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document))
  const bad = violations.filter((each) => ['serious', 'critical'].includes(each.impact))
  assert.deepEqual(bad.map((each) => `${each.id}: ${each.help}: ${each.nodes.map((node) => node.html).join(' ')}`), [])
}

export const eventually = async (condition, what) => {
  for (let i = 0; i < 100; ++i) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 80))
  }
  assert.fail(`never: ${what}`)
}
