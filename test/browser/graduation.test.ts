/** The graduation site in a real browser, served by the real command with two workers: phone width, both colours, axe. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Command, serving } from '../support/command.ts'
import { hasChromium, launchChromium, skipReason } from './chromium.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

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
    await page.click('text="The time"')
    expect(await page.textContent('time')).toMatch(/GMT$/)
    await page.goto(server.url)
    await page.click('text="The news"')
    expect(await page.locator('dt').allTextContents()).toEqual(['1993', '2003', '2026'])
  })

  it('keeps the clock live', async () => {
    await page.goto(`${server.url}/mytime`)
    const before = await page.textContent('time')
    await page.waitForFunction(`document.querySelector('time').textContent !== ${JSON.stringify(before)}`)
    expect(await page.textContent('#state')).toBe('It is live.')
  })

  it('shows what is wrong with the form, then the card', async () => {
    await page.goto(`${server.url}/congratulate`)
    await page.fill('#name', 'Ada')
    await page.click('button')
    expect(await page.textContent('#year-error')).toBe('Enter a year of four digits')
    expect(await page.inputValue('#name')).toBe('Ada')
    await page.fill('#year', '2026')
    await page.click('button')
    expect(await page.textContent('h1')).toBe('Congratulations, Ada!')
  })

  describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
    const paths = ['/', '/mytime', '/mynews', '/congratulate', '/environ', '/routes', '/nowhere', '/static/biye.html']
    it.each([...paths, '/static/index.html', '/card?name=Ada&year=2026'])(
      '%s fits a phone, and axe finds nothing',
      async (path) => {
        const phone = await browser.newPage({ colorScheme, viewport: { width: 390, height: 800 } })
        const errors: string[] = []
        phone.on('requestfailed', (request) => errors.push(request.url()))
        await phone.goto(server.url + path)
        const width = await phone.evaluate('document.documentElement.scrollWidth')
        await phone.evaluate(AXE)
        const { violations } = (await phone.evaluate('axe.run()')) as { violations: { id: string }[] }
        await phone.close()
        expect([width, violations.map(({ id }) => id), errors.filter((url) => !url.endsWith('/live'))]).toEqual([
          390,
          [],
          [],
        ])
      },
    )
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
