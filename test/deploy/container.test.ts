/** The Dockerfile: what it says as its command serves, its health check sees that, and a signal ends it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, endCommandsAfterEach, ROOT, tsgi } from '../support/command.ts'
import { recipe, temporaryFolder } from '../support/front.ts'

endCommandsAfterEach()

const DOCKERFILE = recipe('docker/Dockerfile', {})

/** Instructions in order, without comments; a line that ends with a backslash goes on. */
const INSTRUCTIONS = DOCKERFILE.replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const)

function argumentOf(name: string): string {
  const found = INSTRUCTIONS.findLast(([instruction]) => instruction === name)
  if (found === undefined) throw new Error(`the Dockerfile has no ${name}`)
  return found[1]
}

/** The exec form: a shell in between would keep the signal. */
function wordsOf(text: string): string[] {
  const words: unknown = JSON.parse(text)
  if (!Array.isArray(words)) throw new Error(`${text} is not in the form with brackets`)
  return words.map(String)
}

describe('the Dockerfile', () => {
  it('has only instructions that exist', () => {
    const known = ['FROM', 'WORKDIR', 'ENV', 'COPY', 'RUN', 'USER', 'EXPOSE', 'STOPSIGNAL', 'CMD', 'HEALTHCHECK']
    expect(INSTRUCTIONS.filter(([name]) => !known.includes(name))).toEqual([])
    expect(INSTRUCTIONS[0]?.[0]).toBe('FROM')
  })

  it('installs before it copies the sources, and runs as another user than root', () => {
    const order = INSTRUCTIONS.map(([name, rest]) => (name === 'RUN' && rest.startsWith('npm ci') ? 'install' : name))
    expect(order.indexOf('install')).toBeLessThan(order.lastIndexOf('COPY'))
    expect(argumentOf('USER')).not.toBe('root')
    expect(existsSync(join(ROOT, 'examples/deploy/docker/.dockerignore'))).toBe(true)
  })

  it('has a command that serves, a health check that sees it, and ends on its signal', async () => {
    const folder = temporaryFolder()
    symlinkSync(join(ROOT, 'test/deploy/application.ts'), join(folder, 'app.ts'))
    const [program = '', ...words] = wordsOf(argumentOf('CMD'))
    expect(program).toBe('node_modules/.bin/tsgi')
    const service = tsgi(
      words.map((word) => word.replace(/^0\.0\.0\.0:\d+$/, '127.0.0.1:0')),
      { cwd: folder },
    )
    const [, metrics = ''] = await service.printed(/Metrics at (\S+)\/metrics/)
    expect((await ask(`${service.url}/who`)).status).toBe(200)

    const [node = '', ...check] = wordsOf(argumentOf('HEALTHCHECK').replace(/^.*? CMD /, ''))
    expect(node).toBe('node')
    const checked = async () => {
      const script = check.map((word) => word.replace('http://127.0.0.1:9100', metrics))
      const [code] = await once(spawn(process.execPath, script), 'exit')
      return code
    }
    expect(await checked()).toBe(0)
    expect(argumentOf('STOPSIGNAL')).toBe('SIGTERM')
    service.signal('SIGTERM')
    expect((await service.exit()).code).toBe(0)
    expect(await checked()).toBe(1)
    rmSync(folder, { recursive: true })
  })
})
