/** The unit files of `examples/deploy/systemd`: systemd's own check accepts them, and the command in them serves. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, COMMAND, endCommandsAfterEach, ROOT, tsgi } from '../support/command.ts'
import { hasProgram, ownAddress, recipe, temporaryFolder } from '../support/front.ts'

endCommandsAfterEach()

/** The value of a key, as systemd reads it. */
function settingOf(unit: string, key: string): string {
  const [, value] = new RegExp(`^${key}=(.*)$`, 'm').exec(unit) ?? []
  if (value === undefined) throw new Error(`the unit has no ${key}=`)
  return value
}

/** Seconds, as the options of the command have them by default. */
const GRACEFUL_TIMEOUT = 30

describe('tsgi.service', () => {
  const service = recipe('systemd/tsgi.service', {})

  it('lets systemd hear the notice of a service that runs as another user', () => {
    expect(settingOf(service, 'Type')).toBe('notify')
    expect(settingOf(service, 'User')).not.toBe('root')
    expect(settingOf(service, 'NotifyAccess')).toBe('all')
  })

  it('gives requests their time before it kills, and signals the master only', () => {
    expect(Number(settingOf(service, 'TimeoutStopSec'))).toBeGreaterThan(GRACEFUL_TIMEOUT)
    expect(settingOf(service, 'KillMode')).toBe('mixed')
    expect(settingOf(service, 'ExecReload')).toContain('-HUP $MAINPID')
  })

  it('does not forbid what a JIT compiler does', () => {
    expect(service).not.toMatch(/^MemoryDenyWriteExecute=yes/m)
  })
})

const hasVerify = hasProgram('systemd-analyze')
describe.skipIf(!hasVerify)(
  hasVerify ? 'systemd-analyze verify' : 'needs systemd-analyze, which is not installed',
  () => {
    it('has nothing to say of the units', () => {
      const folder = temporaryFolder()
      try {
        // verify looks for the program and for the user.
        const home = join(folder, 'shop')
        mkdirSync(join(home, 'node_modules/.bin'), { recursive: true })
        copyFileSync('/bin/true', join(home, 'node_modules/.bin/tsgi'))
        const edits = { '/srv/shop': home, 'User=shop': 'User=daemon', 'Group=shop': 'Group=daemon' }
        writeFileSync(join(folder, 'tsgi.service'), recipe('systemd/tsgi.service', edits))
        writeFileSync(join(folder, 'tsgi.socket'), recipe('systemd/tsgi.socket', {}))
        const units = ['tsgi.service', 'tsgi.socket'].map((name) => join(folder, name))
        const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', ...units], { encoding: 'utf8' })
        // Other units of the machine are none of our business.
        const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('tsgi'))
        expect(ours).toEqual([])
        expect(status).toBe(0)
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  },
)

const hasActivate = hasProgram('systemd-socket-activate')
describe.skipIf(!hasActivate)(
  hasActivate ? 'systemd-socket-activate' : 'needs systemd-socket-activate, which is not installed',
  () => {
    let folder: string
    beforeAll(() => {
      folder = temporaryFolder()
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    it('runs the command of the unit on the socket of the unit', async () => {
      symlinkSync(join(ROOT, 'test/deploy/application.ts'), join(folder, 'app.ts'))
      const [, ...words] = settingOf(recipe('systemd/tsgi.service', {}), 'ExecStart')
        .replace('/run/tsgi/control', join(folder, 'control'))
        .split(' ')
      const address = `${ownAddress()}:8000`
      const port = settingOf(recipe('systemd/tsgi.socket', {}), 'ListenStream').replace('127.0.0.1:8000', address)
      const service = tsgi(words, {
        cwd: folder,
        bin: COMMAND,
        through: ['systemd-socket-activate', '--listen', port, '--setenv=PATH'],
      })
      await service.printed(/Listening on/)
      const seen = JSON.parse((await ask(`http://${address}/who`)).text)
      expect(seen).toMatchObject({ PATH_INFO: '/who', SERVER_PORT: '8000' })
      service.signal('SIGTERM')
      expect((await service.exit()).code).toBe(0)
    })
  },
)
