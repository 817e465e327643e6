/** `--reload`: edit, save, see. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
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
    await command.printed(/new changed: reload/)
    await command.printed(/reloaded/)
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
