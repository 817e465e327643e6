/** Error pages, listings and the development page in a real browser: on a phone, in both colours, against axe's rules. */
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application, forbidden, get, mount, post, staticFiles } from '@tsgi/framework'
import { developmentPage } from '@tsgi/framework/development'
import { serve } from '@tsgi/server'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { hasChromium, launchChromium, skipReason } from './chromium.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Where screenshots go, for a person to look at; nowhere by default. */
const SHOTS = process.env.TSGI_SCREENSHOTS

const longName = `a-${'very-'.repeat(20)}long-name.txt`
const PAGES = ['/nothing', '/forbidden', '/plain-500', '/typed/x', '/files/', '/files/empty/', '/development']

describe.skipIf(!hasChromium)(hasChromium ? 'pages of the framework' : skipReason, () => {
  let browser: Browser
  let base = ''
  let close: () => Promise<void>
  let folder = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tsgi-pages-'))
    await mkdir(join(folder, 'sub'))
    await mkdir(join(folder, 'empty'))
    for (const name of ['a.txt', 'b.html', longName, '毕业.txt'])
      await writeFile(join(folder, name), 'x'.repeat(70_000))
    const fails = new Application(
      [
        get('/', () => {
          JSON.parse(JSON.stringify([1]), () => {
            throw new TypeError(`Cannot read ${'a very long property '.repeat(6)}`, {
              cause: new Error('the disk is full'),
            })
          })
          return ''
        }),
      ],
      { errorPage: developmentPage({ enabled: true }) },
    )
    const application = new Application([
      get('/forbidden', () =>
        forbidden('This note belongs to somebody else. Sign in with another account to read it.'),
      ),
      get('/plain-500', () => Promise.reject(new Error('x'))),
      get('/typed/:id', { params: z.object({ id: z.string().regex(/^\d+$/, 'Give a whole number') }) }, () => ''),
      post('/only-post', () => ''),
      mount('/files', staticFiles(folder, { listing: true, index: [] })),
      mount('/development', fails),
    ])
    const server = await serve(application, { bind: ['127.0.0.1:0'] })
    close = () => server.close()
    base = `http://${String(server.addresses[0]).replace('http://', '')}`
    browser = await launchChromium()
  })

  afterAll(async () => {
    await browser?.close()
    await close?.()
    await rm(folder, { recursive: true, force: true })
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    it.each(PAGES)(
      `%s fits a phone and a screen in ${colorScheme}, loads nothing else, and axe finds nothing`,
      async (path) => {
        const context = await browser.newContext({ colorScheme, bypassCSP: true })
        try {
          const page = await context.newPage()
          const loaded: string[] = []
          page.on('request', (asked) => loaded.push(new URL(asked.url()).pathname))
          for (const width of [390, 1280]) {
            await page.setViewportSize({ width, height: 844 })
            await page.goto(base + path)
            expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
            expect(await page.evaluate('getComputedStyle(document.body).fontFamily')).toContain('system-ui')
            if (SHOTS !== undefined)
              await page.screenshot({ path: join(SHOTS, `${path.replaceAll('/', '_')}-${width}-${colorScheme}.png`) })
            await page.evaluate(AXE)
            const { violations } = (await page.evaluate('axe.run()')) as {
              violations: { id: string; nodes: { html: string }[] }[]
            }
            expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
          }
          expect(loaded.filter((name) => name !== '/favicon.ico' && name !== path)).toEqual([])
        } finally {
          await context.close()
        }
      },
    )
  }

  it('the development page opens with the message and the user’s own code; others are folded', async () => {
    const page = await browser.newPage()
    await page.goto(`${base}/development`)
    expect(await page.textContent('h1')).toContain('TypeError: Cannot read')
    expect(await page.textContent('li code')).toContain('test/browser/pages.test.ts:')
    expect(await page.textContent('mark')).toContain('throw new TypeError')
    expect(await page.isVisible('details code')).toBe(false)
    expect(await page.getAttribute('li a', 'href')).toMatch(/^vscode:\/\/file\/.*pages\.test\.ts:\d+:\d+$/)
    await page.close()
  })

  it('the style of a page is not refused by its own policy', async () => {
    const page = await browser.newPage()
    const refused: string[] = []
    page.on('console', (message) => refused.push(message.text()))
    for (const path of ['/files/', '/development']) {
      await page.goto(base + path)
      expect(await page.evaluate('getComputedStyle(document.body).fontFamily')).toContain('system-ui')
    }
    expect(refused.filter((text) => text.includes('Content Security Policy'))).toEqual([])
    await page.close()
  })
})
