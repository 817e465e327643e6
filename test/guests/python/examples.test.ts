/**
 * The Python examples, under wsgiref.validate on their side and validate() on ours, on the node gateway; and the larger ones by
 * the real command, the Django admin in a real browser.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, launchChromium, skipReason as noChromium } from '../../browser/chromium.ts'
import { type Running, startTsgi } from './compared-servers.ts'
import { FIXTURES, findPython, type PythonServer, servePython, skipReason } from './python-server.ts'

const EXAMPLES = new URL('../../../examples', import.meta.url).pathname

describe.each([
  ['flask', 'validated:wrap("flaskapp", "app")'],
  ['django', 'validated:wrap("djangoapp", "application")'],
  ['pyramid', 'validated:wrap("pyramidapp", "application")'],
])('examples/%s', (framework, spec) => {
  const python = findPython(framework)
  if (python === undefined) console.warn(skipReason(framework))

  describe.skipIf(python === undefined)(`is clean${python === undefined ? ` — ${skipReason(framework)}` : ''}`, () => {
    let server: PythonServer

    beforeAll(async () => {
      const env = { PYTHONWARNINGS: 'default' }
      server = await servePython(spec, { python, chdir: join(EXAMPLES, framework), pythonPath: [FIXTURES], env })
      await server.application.start()
    })

    afterAll(async () => {
      await server?.close()
      expect(server?.log.text).not.toMatch(/AssertionError|WSGIWarning/)
    })

    it('says hello', async () => {
      const response = await server.fetch('/')
      expect([response.status, await response.text()]).toEqual([200, 'Hello, World!'])
      expect(response.headers.get('Content-Length')).toBe('13')
    })

    it('has paths and queries as text', async () => {
      const response = await server.fetch('/hello/%E4%B8%AD?a=%C3%A9')
      expect(await response.json()).toEqual({ hello: '中', query: { a: 'é' } })
    })

    it.each([0, 3, 65_536, 300_000])('takes an upload of %d octets', async (size) => {
      const body = Buffer.alloc(size, 'upload')
      const response = await server.fetch('/echo', { method: 'POST', body })
      expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true)
    })

    it('takes an upload in chunks', async () => {
      const body = new Blob(['x'.repeat(100_000)]).stream()
      const response = await server.fetch('/echo', { method: 'POST', body, duplex: 'half' } as RequestInit)
      expect((await response.text()).length).toBe(100_000)
    })

    it('redirects, with a cookie', async () => {
      const response = await server.fetch('/old', { redirect: 'manual' })
      expect(response.status).toBe(302)
      expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^seen=old;.*HttpOnly/)])
    })

    it('streams', async () => {
      expect(await server.text('/stream')).toBe('line 0\nline 1\nline 2\nline 3\nline 4\n')
    })

    it('answers HEAD without content', async () => {
      const response = await server.fetch('/', { method: 'HEAD' })
      expect([response.status, response.headers.get('Content-Length'), await response.text()]).toEqual([200, '13', ''])
    })

    it('tells a failing view to the log only', async () => {
      const response = await server.fetch('/fails')
      expect(response.status).toBe(500)
      expect(await response.text()).not.toContain('this is for the log')
    })

    it('knows what it has not', async () => {
      expect((await server.fetch('/nowhere')).status).toBe(404)
    })
  })
})

const flask = findPython('flask')

describe.skipIf(flask === undefined)(
  `examples/flask-app${flask === undefined ? ` — ${skipReason('flask')}` : ''}`,
  () => {
    let uploads: string
    let server: PythonServer
    let cookie = ''

    beforeAll(async () => {
      uploads = mkdtempSync(join(tmpdir(), 'tsgi-uploads-'))
      server = await servePython(`validated:wrap("app", "create_app", "${uploads}")`, {
        python: flask,
        chdir: join(EXAMPLES, 'flask-app'),
        pythonPath: [FIXTURES],
      })
    })

    afterAll(async () => {
      await server?.close()
      rmSync(uploads, { recursive: true, force: true })
    })

    /** As a browser does: follows the redirect with the cookies it was given. */
    async function submit(path: string, body: URLSearchParams | FormData): Promise<string> {
      const response = await server.fetch(path, { method: 'POST', body, redirect: 'manual', headers: { cookie } })
      expect(response.status).toBe(303)
      cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
      return server.text('/', { headers: { cookie } })
    }

    it('renders its templates', async () => {
      expect(await server.text('/')).toMatch(/<title>Notes<\/title>[\s\S]*<li>none yet<\/li>/)
    })

    it('keeps notes in a session, escaped', async () => {
      const page = await submit('/notes', new URLSearchParams({ text: '<b>déjà vu</b>' }))
      expect(page).toContain('<li>&lt;b&gt;déjà vu&lt;/b&gt;</li>')
      expect(page).toContain('The note is kept.')
      expect(await submit('/notes', new URLSearchParams({ text: 'second' }))).toContain('<li>second</li>')
    })

    it.each([10, 1_000_000])(
      'takes a file of %d octets, and gives it back with conditions and ranges',
      async (size) => {
        const form = new FormData()
        form.append('file', new Blob(['f'.repeat(size)]), `note ${size}.txt`)
        expect(await submit('/files', form)).toContain(`note_${size}.txt is uploaded.`)
        expect(readFileSync(join(uploads, `note_${size}.txt`)).length).toBe(size)
        const response = await server.fetch(`/files/note_${size}.txt`)
        expect((await response.text()).length).toBe(size)
        const tag = response.headers.get('ETag') ?? ''
        expect((await server.fetch(`/files/note_${size}.txt`, { headers: { 'If-None-Match': tag } })).status).toBe(304)
        const part = await server.fetch(`/files/note_${size}.txt`, { headers: { Range: 'bytes=2-5' } })
        expect([part.status, await part.text()]).toEqual([206, 'ffff'])
      },
    )

    it('refuses a file that is too large, with its own page', async () => {
      const form = new FormData()
      form.append('file', new Blob(['f'.repeat(5 * 1024 * 1024)]), 'big.txt')
      const response = await server.fetch('/files', { method: 'POST', body: form })
      expect([response.status, await response.text()]).toEqual([413, expect.stringContaining('That file is too large')])
    })

    it('has its own page for what is missing', async () => {
      const response = await server.fetch('/files/..%2Fapp.py')
      expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('There is no such page')])
    })
  },
)

const django = findPython('django')
const reason = django === undefined ? skipReason('django') : hasChromium ? undefined : noChromium
if (reason !== undefined) console.warn(reason)

describe.skipIf(reason !== undefined)(
  `examples/django-app in chromium${reason === undefined ? '' : ` — ${reason}`}`,
  () => {
    const chdir = join(EXAMPLES, 'django-app')
    let folder: string
    let server: Running
    let browser: Browser
    let page: Page

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'tsgi-django-'))
      const env = { DATABASE: join(folder, 'db.sqlite3'), DJANGO_SUPERUSER_PASSWORD: 'correct horse' }
      manage(env, 'migrate', '--verbosity=0')
      manage(env, 'createsuperuser', '--noinput', '--username=librarian', '--email=a@example.test')
      server = await startTsgi({ spec: 'site_settings.wsgi:application', chdir, python: django ?? '', env })
      browser = await launchChromium()
      page = await browser.newPage()
    }, 120_000)

    afterAll(async () => {
      await browser?.close()
      await server?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    function manage(env: Readonly<Record<string, string>>, ...args: string[]): void {
      const { status, stderr } = spawnSync(django ?? '', ['manage.py', ...args], {
        cwd: chdir,
        env: { ...process.env, ...env },
        encoding: 'utf8',
      })
      if (status !== 0) throw new Error(`manage.py ${args.join(' ')}: ${stderr}`)
    }

    it('turns a wrong password away', async () => {
      await page.goto(`http://127.0.0.1:${server.port}/admin/`)
      expect(await page.title()).toContain('Log in')
      await page.fill('#id_username', 'librarian')
      await page.fill('#id_password', 'wrong')
      await page.click('input[type=submit]')
      expect(await page.textContent('.errornote')).toContain('Please enter the correct username and password')
    })

    it('signs in, with the style sheets of the admin', async () => {
      await page.fill('#id_username', 'librarian')
      await page.fill('#id_password', 'correct horse')
      await page.click('input[type=submit]')
      expect(await page.title()).toContain('Site administration')
      expect(await page.textContent('#user-tools')).toContain('librarian')
      const colour = await page.evaluate("getComputedStyle(document.querySelector('#header')).backgroundColor")
      expect(colour).not.toBe('rgba(0, 0, 0, 0)')
    })

    it('adds a book, and everybody sees it', async () => {
      await page.goto(`http://127.0.0.1:${server.port}/admin/library/book/add/`)
      await page.fill('#id_title', '红楼梦 & other stories')
      await page.fill('#id_author', 'Cao Xueqin')
      await page.click('input[name=_save]')
      expect(await page.textContent('.messagelist')).toContain('was added successfully')
      await page.goto(`http://127.0.0.1:${server.port}/`)
      expect(await page.locator('li').allTextContents()).toEqual(['红楼梦 & other stories'])
    })
  },
)
