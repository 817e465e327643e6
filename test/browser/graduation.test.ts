/** The graduation site in a real browser, served by the real command with two workers. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Command, serving } from '../support/command.ts'
import { hasChromium, launchChromium, skipReason } from './chromium.ts'

if (!hasChromium) console.warn(skipReason)

describe.skipIf(!hasChromium)(`graduation in chromium${hasChromium ? '' : ` — ${skipReason}`}`, () => {
  let server: Command
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    server = await serving(['examples/graduation/app.ts:application', '--workers', '2', '--bind', '127.0.0.1:0'])
    browser = await launchChromium()
    page = await browser.newPage()
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await server?.kill()
  })

  it('opens the first page and follows its links to the time and the news', async () => {
    await page.goto(server.url)
    expect(await page.title()).toBe('Graduation')
    await page.click('text="/mytime"')
    expect(await page.textContent('time')).toMatch(/GMT$/)
    await page.goto(server.url)
    await page.click('text="/mynews"')
    expect(await page.locator('dt').allTextContents()).toEqual(['1993', '2003', '2026'])
  })

  it('shows the static page with its style sheet', async () => {
    await page.goto(`${server.url}/static/index.html`)
    expect(await page.textContent('h1')).toBe('A static page')
    const width = await page.evaluate("getComputedStyle(document.querySelector('h1')).borderBottomWidth")
    expect(width).toBe('3px')
  })

  it('shows the GBK page in Chinese, with its picture', async () => {
    await page.goto(`${server.url}/static/biye.html`)
    expect(await page.evaluate('document.characterSet')).toBe('GBK')
    expect(await page.textContent('h1')).toBe('毕业设计')
    expect(await page.evaluate('document.images[0].naturalWidth')).toBe(480)
  })

  it('shows the 404 page of the site', async () => {
    const response = await page.goto(`${server.url}/nowhere`)
    expect(response?.status()).toBe(404)
    expect(await page.textContent('h1')).toBe('Not found')
  })
})
