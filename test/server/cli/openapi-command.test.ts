/** `tsgi openapi`: the document of an application on standard output, and mistakes in one line. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../support/command.ts'

interface Ran {
  readonly stdout: string
  readonly stderr: string
  readonly code?: number
}

function tsgi(...args: readonly string[]): Promise<Ran> {
  const command = join(ROOT, 'packages/server/bin/tsgi.js')
  return promisify(execFile)(process.execPath, [command, 'openapi', ...args], { cwd: ROOT }).catch((error) => error)
}

const APP = 'examples/graduation/app.ts'

describe('tsgi openapi', () => {
  it('prints the document, named by package.json or by flags', async () => {
    const { stdout, stderr } = await tsgi(APP)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({
      openapi: '3.1.1',
      info: { title: expect.stringContaining('graduation') },
    })
    expect(Object.keys(JSON.parse(stdout).paths)).toContain('/congratulate')
    const named = await tsgi(APP, '--title', 'Site', '--api-version', '2', '--openapi', '3.2')
    expect(JSON.parse(named.stdout)).toMatchObject({ openapi: '3.2.0', info: { title: 'Site', version: '2' } })
  })

  it.each<[string, readonly string[], string]>([
    ['no application', [], 'name one application: tsgi openapi MODULE'],
    ['another framework', ['examples/koa/app.ts'], 'has no route table'],
    ['another version', [APP, '--openapi', '3.0'], 'there is no version 3.0; there are 3.1 and 3.2'],
    ['a flag', [APP, '--yaml'], "Unknown option '--yaml'"],
  ])('says in one line: %s', async (_, args, message) => {
    const { stdout, stderr, code } = await tsgi(...args)
    expect([stdout, code]).toEqual(['', 2])
    expect(stderr).toContain(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('has a help of its own', async () => {
    expect((await tsgi('--help')).stdout).toContain('Usage: tsgi openapi')
  })
})
