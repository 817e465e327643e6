/** The guards against other sites, asked by a real browser from two origins: what its headers say, and what scripts may read. */
import type { Application } from '@tsgi/contract'
import { cors, crossOriginProtection } from '@tsgi/framework/middleware'
import { type ServerHandle, serve } from '@tsgi/server'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, launchChromium, skipReason } from './chromium.ts'

if (!hasChromium) console.warn(skipReason)

/** Says who asked and what came through. */
const echo: Application = async (environ, startResponse) => {
  await environ['wsgi.input'].read()
  startResponse('200 OK', [
    ['Content-Type', 'text/html'],
    ['X-Secret', 'yes'],
  ])
  return `<title>${environ.REQUEST_METHOD} passed</title><p>${environ.HTTP_SEC_FETCH_SITE ?? 'no site'}</p>`
}

describe.skipIf(!hasChromium)(`two origins in chromium${hasChromium ? '' : ` — ${skipReason}`}`, () => {
  let browser: Browser
  let page: Page
  const servers: ServerHandle[] = []
  const port = (server: ServerHandle | undefined) => new URL(server?.addresses[0] ?? '').port
  /** `localhost` and `127.0.0.1` are two sites; two ports of one host are two origins of one site. */
  const url = { own: '', sameSite: '', crossSite: '', shared: '' }

  beforeAll(async () => {
    const start = async (application: Application) => {
      const server = await serve(application, { bind: ['127.0.0.1:0'] })
      servers.push(server)
      return server
    }
    const guarded = port(await start(crossOriginProtection()(echo)))
    const other = port(await start(echo))
    url.own = `http://localhost:${guarded}`
    url.sameSite = `http://localhost:${other}`
    url.crossSite = `http://127.0.0.1:${other}`
    const origins = [url.crossSite]
    url.shared = `http://localhost:${port(await start(cors({ origins, credentials: true, exposeHeaders: ['X-Secret'] })(echo)))}`
    browser = await launchChromium()
    page = await browser.newPage()
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    for (const server of servers) await server.close()
  })

  /** Sends a form from one page to another, as a person would. @returns the title of the page that came. */
  async function sendForm(from: string, to: string, method: 'GET' | 'POST'): Promise<string> {
    await page.goto(from)
    await page.evaluate(
      `document.body.innerHTML = '<form action="${to}/" method="${method}"><button>go</button></form>'`,
    )
    await Promise.all([page.waitForNavigation(), page.click('button')])
    return `${await page.title()}${await page.textContent('body')}`
  }

  it.each(['GET', 'POST'] as const)('a %s of a form passes from the own site', async (method) => {
    expect(await sendForm(url.own, url.own, method)).toContain(`${method} passed`)
  })

  it.each(['sameSite', 'crossSite'] as const)(
    'a form of another origin is refused if it may change something: %s',
    async (from) => {
      expect(await sendForm(url[from], url.own, 'POST')).toContain('sent from another site')
      expect(await sendForm(url[from], url.own, 'GET')).toContain('GET passed')
    },
  )

  it.each(['POST', 'PUT', 'DELETE'])('a script of the own site may %s', async (method) => {
    await page.goto(url.own)
    expect(await page.evaluate(`fetch('/', { method: '${method}' }).then((r) => r.status)`)).toBe(200)
  })

  it('a script of another site cannot, even without reading what comes', async () => {
    await page.goto(url.crossSite)
    const sent = `fetch('${url.own}/', { method: 'POST', mode: 'no-cors', body: 'a=1' }).then((r) => r.type)`
    expect(await page.evaluate(sent)).toBe('opaque')
  })

  it.each<[string, string, unknown]>([
    ['a simple request', 'fetch(URL).then((r) => r.status)', 200],
    ['a request with cookies', "fetch(URL, { credentials: 'include' }).then((r) => r.status)", 200],
    [
      'a request that is preflighted',
      "fetch(URL, { method: 'PUT', headers: { 'X-Own': '1' } }).then((r) => r.status)",
      200,
    ],
    ['a header that is exposed', "fetch(URL).then((r) => r.headers.get('X-Secret'))", 'yes'],
  ])('CORS lets a listed site have %s', async (_, script, expected) => {
    await page.goto(url.crossSite)
    expect(await page.evaluate(script.replace('URL', `'${url.shared}/'`))).toBe(expected)
    await page.goto(url.sameSite)
    const failed = await page.evaluate(`${script.replace('URL', `'${url.shared}/'`)}.catch((error) => error.name)`)
    expect(failed).toBe('TypeError')
  })
})
