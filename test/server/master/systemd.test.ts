/** What systemd is told, in the words of sd_notify(3), by a stand-in for its command. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Logger } from '../../../packages/server/src/log/logger.ts'
import { Systemd } from '../../../packages/server/src/master/systemd.ts'

let folder = ''
const logger = new Logger({ target: '-', level: 'critical' })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsgi-notify-'))
  writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$@" >> ${folder}/notices\n`, { mode: 0o755 })
  writeFileSync(join(folder, 'notices'), '')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const systemd = (env: Record<string, string>) =>
  new Systemd({ NOTIFY_SOCKET: '/run/notify', PATH: `${folder}:${process.env.PATH}`, ...env }, logger)

async function notices(of: Systemd): Promise<string[]> {
  await of.done()
  const lines = readFileSync(join(folder, 'notices'), 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => line.replace(`--pid=${process.pid} `, ''))
}

describe('systemd', () => {
  it('is told in order, a reload with the time when it began', async () => {
    const service = systemd({})
    const before = process.hrtime.bigint() / 1000n
    for (const notice of ['ready', 'reloading', 'ready', 'stopping'] as const) service.tell(notice)
    const said = await notices(service)
    const begun = BigInt(/MONOTONIC_USEC=(\d+)$/.exec(said[1] ?? '')?.[1] ?? 0)
    expect(begun - before).toBeLessThan(1_000_000n)
    expect(said.map((line) => line.replace(String(begun), 'TIME'))).toEqual([
      'READY=1 STATUS=Serving',
      'RELOADING=1 MONOTONIC_USEC=TIME',
      'READY=1 STATUS=Serving',
      'STOPPING=1',
    ])
  })

  it('gets a sign of life in half the time that it waits for one (WatchdogSec)', async () => {
    const service = systemd({ WATCHDOG_USEC: '2000000', WATCHDOG_PID: String(process.pid) })
    for (const now of [500, 1000, 1500, 1999, 2000]) service.beat(now)
    expect(await notices(service)).toEqual(['WATCHDOG=1', 'WATCHDOG=1'])
  })

  it('gets none where it waits for another process, or for nobody', async () => {
    for (const env of [{ WATCHDOG_USEC: '2000000', WATCHDOG_PID: '1' }, {}]) {
      const service = systemd(env)
      service.beat(1e9)
      expect(await notices(service)).toEqual([])
    }
  })

  it('that cannot be told is complained of once', async () => {
    writeFileSync(join(folder, 'systemd-notify'), '#!/bin/sh\nexit 1\n')
    const log = new Logger({ target: join(folder, 'log'), level: 'warning' })
    const service = new Systemd({ NOTIFY_SOCKET: '/run/notify', PATH: `${folder}:${process.env.PATH}` }, log)
    for (const notice of ['alive', 'alive', 'alive', 'stopping'] as const) service.tell(notice)
    await service.done()
    await log.close()
    const lines = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n')
    expect(lines.map((line) => /service is (\w+):/.exec(line)?.[1])).toEqual(['alive', 'stopping'])
  })

  it('is told nothing where it does not ask', async () => {
    const service = systemd({ NOTIFY_SOCKET: '' })
    service.tell('ready')
    expect(await notices(service)).toEqual([])
  })

  it.each([
    ['main', /^.* \[WARNING\] under User= .*NotifyAccess=all; shop\.service has NotifyAccess=main$/],
    ['all', undefined],
  ])('with NotifyAccess=%s under User= gets a warning where READY would be refused', async (access, expected) => {
    writeFileSync(join(folder, 'systemctl'), `#!/bin/sh\necho ${access}; echo asked >> ${folder}/notices\n`, {
      mode: 0o755,
    })
    const log = new Logger({ target: join(folder, 'log'), level: 'warning' })
    const env = { NOTIFY_SOCKET: '/run/notify', PATH: `${folder}:${process.env.PATH}` }
    new Systemd(env, log).checkAccess(1000, 'shop.service')
    await expect.poll(() => readFileSync(join(folder, 'notices'), 'utf8')).toBe('asked\n')
    if (expected !== undefined)
      await expect.poll(() => readFileSync(join(folder, 'log'), 'utf8').trim()).toMatch(expected)
    await log.close()
    if (expected === undefined) expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('')
  })

  it('is not asked by root, whose notices it accepts', async () => {
    writeFileSync(join(folder, 'systemctl'), `#!/bin/sh\necho asked >> ${folder}/notices\n`, { mode: 0o755 })
    const service = systemd({})
    service.checkAccess(0, 'shop.service')
    service.tell('ready')
    expect(await notices(service)).toEqual(['READY=1 STATUS=Serving'])
  })
})
