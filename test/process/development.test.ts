/** `--reload`: edit, save, see. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, type Command, endCommandsAfterEach, folderWith, serving } from '../support/command.ts'

endCommandsAfterEach()

const APP = `
import { word } from './word.ts'
export const application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return word
}`
const word = (text: string) => `export const word = '${text}'\n`

async function start(files: Record<string, string> = { 'app.ts': APP, 'word.ts': word('one') }) {
  const cwd = folderWith(files)
  const command = await serving(['app.ts', '--bind', '127.0.0.1:0', '--reload'], { cwd })
  return { command, save: (name: string, text: string) => writeFileSync(join(cwd, name), text), cwd }
}

/**
 * Asks until the answer has the text; every request on the way must be answered. One on an old connection may cross its
 * end: then it is asked once more, as every browser does (RFC 9112 §9.3.1).
 */
async function shows(command: Command, text: string, agent?: http.Agent): Promise<number> {
  for (;;) {
    const again = (error: unknown) => (agent === undefined ? Promise.reject(error) : ask(command.url, { agent }))
    const answer = await ask(command.url, agent === undefined ? {} : { agent }).catch(again)
    if (answer.text.includes(text)) return answer.status
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('tsgi serve --reload', () => {
  it('shows the new code after a file of the module graph was saved, on an old connection too', async () => {
    const { command, save } = await start()
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    await shows(command, 'one', agent)
    save('word.ts', word('two'))
    expect(await shows(command, 'two', agent)).toBe(200)
    expect(command.output).toContain('word.ts changed: reload')
    agent.destroy()
  })

  it('shows a readable page when the new code does not load, and recovers on the next save', async () => {
    const { command, save } = await start()
    save('word.ts', 'export const word = <b>')
    expect(await shows(command, 'The application does not load')).toBe(500)
    expect((await ask(command.url)).text).toMatch(/cannot load app\.ts: SyntaxError: .*word\.ts:1/s)
    save('word.ts', word('three'))
    expect(await shows(command, 'three')).toBe(200)
  })

  it('recovers when a missing file appears', async () => {
    const { command, save, cwd } = await start()
    rmSync(join(cwd, 'word.ts'))
    expect(await shows(command, 'does not load')).toBe(500)
    save('word.ts', word('four'))
    expect(await shows(command, 'four')).toBe(200)
  })

  it('recovers when a missing file appears in a folder that was not there either', async () => {
    const { command, save, cwd } = await start({ 'app.ts': APP.replace('./word.ts', './new/word.ts') })
    expect(await shows(command, 'does not load')).toBe(500)
    mkdirSync(join(cwd, 'new'))
    save('new/word.ts', word('seven'))
    expect(await shows(command, 'seven')).toBe(200)
    save('new/word.ts', word('eight'))
    expect(await shows(command, 'eight')).toBe(200)
  })

  it('sees what is saved while the new code is being loaded, however long that takes', async () => {
    const { command, save } = await start()
    save('word.ts', 'for (;;) Math.random()')
    await command.printed(/worker \d+ starts/, 2)
    save('word.ts', word('nine'))
    expect(await shows(command, 'nine')).toBe(200)
  })

  it('begins with a page, too, when the code does not load at first', async () => {
    const { command, save } = await start({ 'app.ts': 'nonsense(' })
    expect(await shows(command, 'does not load')).toBe(500)
    save('word.ts', word('five'))
    save('app.ts', APP)
    expect(await shows(command, 'five')).toBe(200)
  })

  it('is left alone by files that do not belong to the application', async () => {
    const { command, save } = await start()
    save('other.ts', 'export const x = 1')
    save('word.ts', word('six'))
    await shows(command, 'six')
    expect(command.output).not.toContain('other.ts changed')
  })
})

const PYTHON = `
import lib.word
def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [lib.word.WORD]
`

/** Makes a link lead elsewhere at once, as a deployment does. */
function switchLink(cwd: string, link: string, to: string): void {
  symlinkSync(to, join(cwd, `${link}.new`))
  renameSync(join(cwd, `${link}.new`), join(cwd, link))
}

describe('tsgi serve --reload sees', () => {
  it.each(['TypeScript', 'Python'])('a link to a release switched, and the next save in it: %s', async (language) => {
    const cwd = folderWith({ 'app.ts': APP.replace('./word.ts', './lib/word.ts'), 'flaskapp.py': PYTHON })
    const isPython = language === 'Python'
    const save = (folder: string, text: string) => {
      const file = isPython ? `WORD = b'${text}'\n` : word(text)
      writeFileSync(join(cwd, folder, isPython ? 'word.py' : 'word.ts'), file)
    }
    for (const folder of ['r1', 'r2']) {
      mkdirSync(join(cwd, folder))
      save(folder, folder)
    }
    symlinkSync('r1', join(cwd, 'lib'))
    const target = isPython ? 'flaskapp:app' : 'app.ts'
    const command = await serving([target, '--bind', '127.0.0.1:0', '--reload'], { cwd })
    await shows(command, 'r1')
    switchLink(cwd, 'lib', 'r2')
    await shows(command, 'r2')
    save('r2', 'edited')
    await shows(command, 'edited')
  })

  it('the working directory itself switched, where it was entered by a link', async () => {
    const cwd = folderWith()
    for (const folder of ['r1', 'r2']) {
      mkdirSync(join(cwd, folder))
      writeFileSync(join(cwd, folder, 'app.ts'), APP)
      writeFileSync(join(cwd, folder, 'word.ts'), word(folder))
    }
    symlinkSync('r1', join(cwd, 'current'))
    const words = ['app.ts', '--bind', '127.0.0.1:0', '--reload', '--chdir', 'current']
    const command = await serving(words, { cwd })
    await shows(command, 'r1')
    switchLink(cwd, 'current', 'r2')
    await shows(command, 'r2')
  })

  it('the config file, one that was not there, and what --reload-extra-file names', async () => {
    const app = `import { readFileSync } from 'node:fs'
export const application = (environ, startResponse) => {
  startResponse('200 OK', [])
  return readFileSync('page.txt', 'utf8') + READ
}
const READ = readFileSync('views/a.html', 'utf8')`
    const cwd = folderWith({ 'app.ts': app, 'page.txt': 'page ' })
    mkdirSync(join(cwd, 'views'))
    writeFileSync(join(cwd, 'views/a.html'), 'one')
    const words = ['app.ts', '--bind', '127.0.0.1:0', '--reload', '--reload-extra-file', 'views']
    const command = await serving(words, { cwd })
    writeFileSync(join(cwd, 'views/a.html'), 'two')
    await shows(command, 'page two')
    writeFileSync(join(cwd, 'tsgi.config.ts'), 'export default { keepAlive: 7 }')
    await command.printed(/new configuration: keep-alive = 7/)
    writeFileSync(join(cwd, 'tsgi.config.ts'), 'export default { keepAlive: 8 }')
    await command.printed(/new configuration: keep-alive = 8/)
  })

  it('an application that writes what it imports, and waits longer and longer', async () => {
    const app = `import { writeFileSync } from 'node:fs'
import state from './state.json' with { type: 'json' }
writeFileSync(new URL('state.json', import.meta.url), JSON.stringify({ count: state.count + 1 }))
export const application = (environ, startResponse) => {
  startResponse('200 OK', [])
  return 'hello'
}`
    const { command } = await start({ 'app.ts': app, 'state.json': '{"count":0}' })
    await command.printed(/state\.json changes whenever the application is loaded: .* again in 1 s/)
    await command.printed(/again in 2 s/)
    expect(command.workers.length).toBeLessThan(9)
  })
})

describe('tsgi serve --reload shows', () => {
  it('a line for each request, and none for its own', async () => {
    const { command } = await start()
    await ask(`${command.url}/a?b=c`)
    await ask(`${command.url}/-/tsgi-live/script.js`)
    await ask(`${command.url}/d`)
    await command.printed(/^GET \/d 200 \d+\.\d ms$/m)
    expect(command.stdout.match(/^GET .*/gm)?.map((line) => line.split(' ')[1])).toEqual(['/a?b=c', '/d'])
  })

  it('the development page of an application of the framework, and loads the page again after a save', async () => {
    const app = (word: string) => `import { Application, get } from '@tsgi/framework'
export const application = new Application([get('/', () => { throw new TypeError('${word}') }), get('/notes', () => '')])`
    const file = join(import.meta.dirname, '.tmp-live.ts')
    writeFileSync(file, app('one'))
    try {
      const command = await serving(['test/process/.tmp-live.ts', '--bind', '127.0.0.1:0', '--reload'])
      const headers = { Accept: 'text/html' }
      const page = await ask(command.url, { headers })
      expect(page.status).toBe(500)
      expect(page.text).toMatch(/TypeError: one/)
      expect(page.text).toContain('<script type="module" src="/-/tsgi-live/script.js">')
      expect((await ask(`${command.url}/note`, { headers })).text).toContain('<code>GET /notes</code>')
      const events = ask(`${command.url}/-/tsgi-live/events`)
      const before = /data: (\w+)/.exec((await events).text)?.[1]
      writeFileSync(file, app('two'))
      await command.printed(/reloaded: 1 new worker serves/)
      const after = /data: (\w+)/.exec((await ask(`${command.url}/-/tsgi-live/events`)).text)?.[1]
      expect(before).toMatch(/^\w{16}$/)
      expect(after).not.toBe(before)
    } finally {
      rmSync(file)
    }
  })
})
