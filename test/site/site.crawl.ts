/**
 * The built site of the docs, served by the real command as its own first user: every link and anchor leads somewhere,
 * and in Chromium the pages fit a phone, pass axe in light and dark, and the search finds a page. Needs docs/.site.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, launchChromium, skipReason } from '../browser/chromium.ts'
import { type Command, ROOT, serving } from '../support/command.ts'

const SITE = join(ROOT, 'docs/.site')
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** One page of each kind. */
const LOOKED_AT = [
  '/',
  '/start.html',
  '/tutorial/4-form.html',
  '/routes.html',
  '/deploy/proxies.html',
  '/api/framework/',
]

let server: Command

beforeAll(async () => {
  if (!existsSync(SITE)) throw new Error('docs/.site is missing: run `pnpm docs` first')
  server = await serving([SITE, '--bind', '127.0.0.1:0'])
})

afterAll(() => server?.kill())

it('has no link, asset or anchor that leads nowhere', async () => {
  const pages = await crawl(server.url)
  expect(pages.size).toBeGreaterThan(60)
  const broken: string[] = []
  for (const [path, page] of pages) {
    if (page.status !== 200) broken.push(`${path}: ${page.status}`)
    for (const { path: target, anchor } of page.links) {
      const ids = pages.get(target)?.ids
      if (anchor !== '' && ids !== undefined && !ids.has(anchor)) broken.push(`${path}: no ${target}#${anchor}`)
    }
  }
  expect(broken).toEqual([])
})

it('loads nothing from another host', async () => {
  for (const { html } of (await crawl(server.url)).values()) {
    expect(html.match(/<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?\/\/[^"]*"/g) ?? []).toEqual([])
  }
})

describe.skipIf(!hasChromium)(`in chromium${hasChromium ? '' : ` — ${skipReason}`}`, () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launchChromium()
  })

  afterAll(() => browser?.close())

  it.each(LOOKED_AT.flatMap((path) => (['light', 'dark'] as const).map((scheme) => ({ path, scheme }))))(
    '$path fits a phone and passes axe, $scheme',
    async ({ path, scheme }) => {
      const page = await browser.newPage({ viewport: { width: 390, height: 844 }, colorScheme: scheme })
      await page.goto(server.url + path)
      const width = await page.evaluate('document.documentElement.scrollWidth')
      expect(width).toBeLessThanOrEqual(390)
      await page.addScriptTag({ path: AXE })
      const violations = await page.evaluate(
        "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))",
      )
      expect(violations).toEqual([])
      await page.close()
    },
  )

  it('finds a page by its words', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    await page.goto(`${server.url}/start.html`)
    await page.waitForSelector('button.DocSearch-Button')
    await page.click('button.DocSearch-Button')
    await page.fill('#localsearch-input', 'signed cookie')
    await page.waitForSelector('.VPLocalSearchBox .result')
    expect(await page.locator('.VPLocalSearchBox .result').count()).toBeGreaterThan(0)
    await page.close()
  })
})

interface CrawledPage {
  readonly status: number
  readonly html: string
  readonly ids: ReadonlySet<string>
  readonly links: readonly { readonly path: string; readonly anchor: string }[]
}

let crawled: Promise<ReadonlyMap<string, CrawledPage>> | undefined

/** Every page and asset that can be reached from `/`. */
function crawl(origin: string): Promise<ReadonlyMap<string, CrawledPage>> {
  crawled ??= follow(origin)
  return crawled
}

async function follow(origin: string): Promise<ReadonlyMap<string, CrawledPage>> {
  const pages = new Map<string, CrawledPage>()
  const waiting = ['/']
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (pages.has(path)) continue
    const response = await fetch(origin + path)
    const isPage = response.headers.get('content-type')?.startsWith('text/html') === true
    const html = isPage ? await response.text() : ''
    if (!isPage) await response.body?.cancel()
    const links = linksOf(html, origin + path)
    pages.set(path, {
      status: response.status,
      html,
      ids: new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => id)),
      links,
    })
    waiting.push(...links.map((link) => link.path))
  }
  return pages
}

function linksOf(html: string, base: string): CrawledPage['links'] {
  return [...html.matchAll(/\s(?:href|src)="([^"]+)"/g)].flatMap(([, text = '']) => {
    const url = new URL(text.replaceAll('&amp;', '&'), base)
    if (url.origin !== new URL(base).origin) return []
    return [{ path: url.pathname, anchor: decodeURIComponent(url.hash.slice(1)) }]
  })
}
