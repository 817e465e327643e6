/** `tsgi serve --reload` in a browser: the page that is open shows each save by itself, also one that fails. */
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { endCommandsAfterEach, folderWith, ROOT, serving } from '../support/command.ts'
import { hasChromium, launchChromium, skipReason } from './chromium.ts'

if (!hasChromium) console.warn(skipReason)
endCommandsAfterEach()

const app = (view: string) => `import { Application, get, html } from '@tsgi/framework'
const page = () => { ${view} }
export const application = new Application([get('/', page)])
`

describe.skipIf(!hasChromium)(`an open page in chromium${hasChromium ? '' : ` — ${skipReason}`}`, () => {
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    browser = await launchChromium()
  }, 60_000)
  afterEach(() => page.close())
  afterAll(() => browser?.close())

  const heading = (text: string) => page.locator('h1', { hasText: text }).waitFor()

  it('loads itself again: new code, code that does not load, a view that throws, and new code', async () => {
    const cwd = folderWith({ 'app.ts': app("return html('<h1>one</h1>')") })
    symlinkSync(join(ROOT, 'node_modules'), join(cwd, 'node_modules'))
    const save = (text: string) => writeFileSync(join(cwd, 'app.ts'), text)
    const command = await serving(['app.ts', '--bind', '127.0.0.1:0', '--reload'], { cwd })
    page = await browser.newPage({ viewport: { width: 390, height: 800 } })
    await page.goto(command.url)
    await heading('one')
    save(app("return html('<h1>two</h1>')"))
    await heading('two')
    save(app("return html('a' 'b')"))
    await heading('The application does not load')
    expect(await page.textContent('mark')).toContain("html('a' 'b')")
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
    save(app("throw new Error('planted')"))
    await heading('planted')
    save(app("return html('<h1>three</h1>')"))
    await heading('three')
  })
})
