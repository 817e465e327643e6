/** Which control socket is trusted, and what becomes of those that killed servers left behind. */
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { control } from '../../../packages/server/src/cli/control-client.ts'
import { prepareControlFolder } from '../../../packages/server/src/cli/control-socket.ts'

let folder = ''
const servers: net.Server[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsgi-ctl-'))
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
  rmSync(folder, { recursive: true, force: true })
})

async function answering(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  const server = net.createServer((socket) => socket.end(text)).listen(path)
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return path
}

describe('a control socket', () => {
  it.runIf(process.getuid?.() === 0)('of another user in a folder for all is not spoken to (as root)', async () => {
    chmodSync(folder, 0o1777)
    const path = await answering('a.ctl', '{"ok":true,"text":"stopping"}\n')
    chownSync(path, 65_534, 65_534)
    await expect(control(path, { order: 'stop' })).rejects.toThrow(/belongs to user 65534, not to this one/)
    chmodSync(folder, 0o755)
    expect(await control(path, { order: 'stop' })).toEqual({ ok: true, text: 'stopping' })
  })

  it.each(['not json', '{}', '{"ok":true}', '{"ok":true,"text":1}', 'null'])(
    'that answers %s is no server',
    async (text) => {
      const path = await answering('a.ctl', text)
      await expect(control(path, { order: 'status' })).rejects.toThrow(/is no server of this kind$/)
    },
  )

  it('has no say over the terminal', async () => {
    const path = await answering('a.ctl', JSON.stringify({ ok: true, text: '\u001b[31mowned\u0007' }))
    expect(await control(path, { order: 'status' })).toEqual({ ok: true, text: '\\x1B[31mowned\\x07' })
  })
})

describe('the folder of the usual control socket', () => {
  it('is made for this user alone; one that others can enter is refused', async () => {
    const own = join(folder, 'own')
    await prepareControlFolder(join(own, 'a.ctl'))
    expect(lstatSync(own).mode & 0o777).toBe(0o700)
    const open = join(folder, 'open')
    mkdirSync(open)
    chmodSync(open, 0o777)
    await expect(prepareControlFolder(join(open, 'a.ctl'))).rejects.toThrow(
      /belongs to another user, or others may enter/,
    )
  })

  it('removes the sockets that killed servers left some time ago, and no younger one', async () => {
    chmodSync(folder, 0o700)
    const left = join(folder, 'left.ctl')
    const listen = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', listen, left])
    expect(lstatSync(left).isSocket()).toBe(true)
    await prepareControlFolder(join(folder, 'a.ctl'))
    expect(existsSync(left)).toBe(true)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    const live = await answering('live.ctl', '')
    await prepareControlFolder(join(folder, 'a.ctl')).finally(() => vi.useRealTimers())
    expect([existsSync(left), existsSync(live)]).toEqual([false, true])
  })

  it('keeps the sockets of servers that live or just start, and whatever is no socket', async () => {
    chmodSync(folder, 0o700)
    const live = await answering('live.ctl', '')
    writeFileSync(join(folder, 'note'), '')
    await prepareControlFolder(join(folder, 'a.ctl'))
    expect([existsSync(live), existsSync(join(folder, 'note'))]).toEqual([true, true])
  })
})
