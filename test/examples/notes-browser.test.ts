/**
 * The notes as a person uses them: in a real browser, served by the real command with two workers. Each page is held
 * against axe's rules of accessibility, and has to fit on a phone.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Result } from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, launchChromium, skipReason } from '../browser/chromium.ts'
import { type Command, folderWith, serving } from '../support/command.ts'

if (!hasChromium) console.warn(skipReason)

const PHONE = { width: 375, height: 667 }
const DESKTOP = { width: 1280, height: 800 }

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Where pictures of the pages go, for somebody who wants to look at them. */
const { NOTES_SCREENSHOTS: SCREENSHOTS } = process.env

describe.skipIf(!hasChromium)(`notes in chromium${hasChromium ? '' : ` — ${skipReason}`}`, () => {
  let folder: string
  let server: Command
  let browser: Browser
  let context: BrowserContext
  let page: Page
  const problems: string[] = []

  beforeAll(async () => {
    folder = folderWith()
    const words = ['examples/notes/app.ts:application', '--workers', '2', '--bind', '127.0.0.1:0']
    server = await serving(words, { env: { NOTES_DATA: folder } })
    browser = await launchChromium()
    context = await browser.newContext({ viewport: DESKTOP })
    page = await context.newPage()
    // A page that breaks its own policy, or asks for what is not there, says so here.
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    if (SCREENSHOTS !== undefined) mkdirSync(SCREENSHOTS, { recursive: true })
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await server?.kill()
  })

  /** Looks at the page as it is: by the rules, in light and dark, on a desk and on a phone. */
  async function inspect(name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await violations(page), `${name}, ${colorScheme}`).toEqual([])
    }
    await page.emulateMedia({ colorScheme: 'light' })
    if (SCREENSHOTS !== undefined)
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-desktop.png`), fullPage: true })
    await page.setViewportSize(PHONE)
    const width = await page.evaluate('document.documentElement.scrollWidth')
    expect(width, `${name} scrolls sideways on a phone`).toBeLessThanOrEqual(PHONE.width)
    if (SCREENSHOTS !== undefined)
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-phone.png`), fullPage: true })
    await page.setViewportSize(DESKTOP)
  }

  it('begins with an empty list and a way on', async () => {
    await page.goto(server.url)
    expect(new URL(page.url()).pathname).toBe('/notes')
    expect(await page.textContent('main')).toContain('There are no notes yet')
    await inspect('empty')
    await page.click('text="Write the first one"')
    expect(await page.title()).toBe('New note · Notes')
    await inspect('new')
  })

  it('says beside the field what is wrong, and keeps what was typed', async () => {
    await page.fill('#text', 'Two spoons <for> the pot\n\nand one more')
    await page.click('text="Save"')
    expect(await page.title()).toBe('Error: New note · Notes')
    expect(await page.inputValue('#text')).toBe('Two spoons <for> the pot\n\nand one more')
    expect(await page.getByLabel('Title').getAttribute('aria-describedby')).toBe('title-error')
    expect(await page.textContent('#title-error')).toBe('Give the note a title')
    await inspect('invalid')
    await page.click('[role=alert] a')
    expect(await page.evaluate('document.activeElement.id')).toBe('title')
  })

  it('creates the note, says so, and says it once', async () => {
    await page.getByLabel('Title').fill('Tea')
    await page.click('text="Save"')
    expect(await page.textContent('[role=status]')).toBe('The note was created.')
    expect(await page.textContent('.text')).toBe('Two spoons <for> the pot\n\nand one more')
    await inspect('note')
    await page.reload()
    expect(await page.locator('[role=status]').count()).toBe(0)
  })

  it('changes it', async () => {
    await page.click('text="Edit"')
    expect(await page.inputValue('#title')).toBe('Tea')
    await inspect('edit')
    await page.fill('#title', `Tea, green and black ${'verylongword'.repeat(12)}`)
    await page.press('#title', 'Enter')
    expect(await page.textContent('[role=status]')).toBe('The note was saved.')
    expect(await page.textContent('h1')).toContain('Tea, green and black')
    await inspect('long-title')
  })

  it('asks for a file where none was chosen, takes two, and gives back what it was given', async () => {
    await page.click('text="Upload"')
    expect(await page.textContent('#files-error')).toBe('Choose at least one file')
    await inspect('no-file')
    const photo = Buffer.from(Uint8Array.from({ length: 500_000 }, (_, i) => i * 31))
    await page.setInputFiles('#files', [
      { name: 'Überblick “2026”.html', mimeType: 'text/html', buffer: Buffer.from('<script>alert(1)</script>') },
      { name: `photo-${'x'.repeat(80)}.jpg`, mimeType: 'image/jpeg', buffer: photo },
    ])
    await page.click('text="Upload"')
    expect(await page.textContent('[role=status]')).toBe('2 files were added.')
    await inspect('attachments')
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=/^photo-/')])
    expect(download.suggestedFilename()).toBe(`photo-${'x'.repeat(80)}.jpg`)
    expect(readFileSync(await download.path()).equals(photo)).toBe(true)
    const [named] = await Promise.all([page.waitForEvent('download'), page.click('text=/^Überblick/')])
    expect(named.suggestedFilename()).toMatch(/^Überblick .2026.\.html$/)
    await page.getByRole('button', { name: /^Remove photo/ }).click()
    expect(await page.textContent('[role=status]')).toBe('The attachment was removed.')
    expect(await page.locator('.files li').count()).toBe(1)
  })

  it('finds notes by their words, and turns pages', async () => {
    for (let i = 1; i <= 21; i++) {
      const response = await context.request.post(`${server.url}/notes`, {
        data: { title: `Coffee ${i}`, text: 'Black' },
      })
      expect(response.status()).toBe(201)
    }
    await page.click('text="Notes"')
    await page.getByLabel('Search notes').fill('GREEN tea')
    await page.press('#q', 'Enter')
    await page.waitForURL(/q=GREEN/)
    expect(await page.textContent('main')).toContain('1 note found.')
    await inspect('found')
    await page.fill('#q', 'coffee')
    await page.click('button:text("Search")')
    await page.waitForURL(/q=coffee/)
    expect(await page.locator('.notes li').count()).toBe(20)
    await inspect('pages')
    await page.click('text="Next"')
    await page.waitForURL(/page=2/)
    expect(await page.locator('.notes li').count()).toBe(1)
    expect(await page.inputValue('#q')).toBe('coffee')
  })

  it('can be used with the keyboard alone', async () => {
    await page.goto(`${server.url}/notes/new`)
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
    await inspect('skip-link')
    await page.getByLabel('Title').focus()
    await page.keyboard.type('Typed')
    await page.keyboard.press('Tab')
    await page.keyboard.type('by hand')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/notes\/\d+$/)
    expect(await page.textContent('h1')).toBe('Typed')
  })

  it('deletes, after it was asked twice', async () => {
    await page.click('summary')
    await inspect('delete')
    await page.click('text="Delete for good"')
    expect(await page.textContent('[role=status]')).toBe('The note was deleted.')
    await page.fill('#q', 'Typed')
    await page.press('#q', 'Enter')
    await page.waitForURL(/q=Typed/)
    expect(await page.textContent('main')).toContain('0 notes found.')
  })

  it('shows pages of its own where nothing is and where something broke', async () => {
    expect(problems).toEqual([expect.stringContaining('422'), expect.stringContaining('422')])
    const missing = await page.goto(`${server.url}/notes/999`)
    expect([missing?.status(), await page.textContent('h1')]).toEqual([404, 'Page not found'])
    await inspect('404')
    await page.click('text="Go to all notes"')
    await page.waitForURL(/\/notes$/)
    const database = new DatabaseSync(join(folder, 'notes.db'))
    database.exec('ALTER TABLE notes RENAME TO away')
    const broken = await page.goto(`${server.url}/notes`)
    expect([broken?.status(), await page.textContent('h1')]).toEqual([500, 'Something went wrong'])
    expect(server.stderr).toContain(`(request ${await page.textContent('code')})`)
    await inspect('500')
    database.exec('ALTER TABLE away RENAME TO notes')
    database.close()
    expect((await page.goto(`${server.url}/notes`))?.status()).toBe(200)
  })

  it('takes no form from another site', async () => {
    const other = await browser.newPage()
    await other.route('http://evil.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${server.url}/notes"><input name="title" value="Evil"><button>Win</button></form>`,
      }),
    )
    await other.goto('http://evil.example/')
    const [response] = await Promise.all([
      other.waitForResponse((each) => each.request().method() === 'POST'),
      other.click('button'),
    ])
    expect(response.status()).toBe(403)
    await page.goto(`${server.url}/notes?q=Evil`)
    expect(await page.textContent('main')).toContain('0 notes found.')
    await other.close()
  })
})

/** What breaks axe's rules, one line each. Run from outside of the page's own policy, which allows no script. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  // axe answers with its own type.
  const found = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations)',
  )) as Result[]
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
  )
}
