/** How the processes behind `fromPythonWsgi` end: they die, hang, are told to leave, or are closed with their front. */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fromPythonWsgi } from '../../../packages/server/src/guests/python-wsgi.ts'
import { FIXTURES, findPython, folderForTest, hold, servePythonForTest, skipReason } from './python-server.ts'

const BRIDGE = new URL('../../../packages/server/python/tsgi_bridge.py', import.meta.url).pathname

const python = findPython()
if (python === undefined) console.warn(skipReason())

/** True until the process is gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe.skipIf(python === undefined)(`the end${python === undefined ? ` — ${skipReason()}` : ''}`, () => {
  describe('a process that dies', () => {
    it('costs the request it was answering, 502, and is replaced', async () => {
      const server = await servePythonForTest('probe:unchecked')
      // Answers that come fast let a line form in the process.
      for (let i = 0; i < 20; i++) await server.text('/')
      const before = await server.text('/pid')
      const dying = server.fetch('/exit?how=hard')
      const others = Promise.all(Array.from({ length: 8 }, () => server.fetch('/pid')))
      const answer = await dying
      expect([answer.status, await answer.text()]).toEqual([502, '502 Bad Gateway\n'])
      expect((await others).map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
      expect(await server.text('/pid')).not.toBe(before)
      expect(server.log.text).toMatch(/ended before it had answered GET \/exit/)
      expect(server.log.text).toMatch(/ended with exit code 7; it is replaced/)
    })

    it('after the head leaves the answer visibly incomplete', async () => {
      const server = await servePythonForTest('probe:unchecked')
      await expect(server.text('/exit-late')).rejects.toThrow()
      expect(await server.text('/')).toBe('Hello, World!\n')
    })

    it('under load costs no more than what was in flight', async () => {
      const server = await servePythonForTest('probe:unchecked', { processes: 2 })
      await server.application.start()
      const counts = { lost: 0, answered: 0 }
      const client = async () => {
        for (let i = 0; i < 60; i++) {
          const response = await server.fetch('/pid')
          await response.text()
          if (response.status === 200) counts.answered += 1
          else counts.lost += 1
        }
      }
      const clients = Promise.all(Array.from({ length: 8 }, client))
      process.kill(Number(await server.text('/pid')), 'SIGKILL')
      await clients
      expect(counts.lost).toBeLessThanOrEqual(1)
      expect(counts.answered).toBeGreaterThanOrEqual(479)
    })

    it('is replaced also when it dies again and again', async () => {
      const server = await servePythonForTest('probe:unchecked')
      const statuses = []
      for (let i = 0; i < 4; i++) statuses.push((await server.fetch('/exit?how=hard')).status)
      expect(statuses).toEqual([502, 502, 502, 502])
    })
  })

  describe('a process that is told to leave (SIGTERM)', () => {
    it('loses nothing: it finishes what it has begun, and its successor answers what comes from then on', async () => {
      const server = await servePythonForTest('probe:unchecked')
      const pid = await server.text('/pid')
      const held = await hold(server)
      process.kill(Number(pid), 'SIGTERM')
      await server.log.waitFor(/is asked to leave \(SIGTERM\)/)
      const later = await Promise.all(Array.from({ length: 5 }, () => server.text('/pid')))
      held.letGo()
      expect(await (await held.answer).text()).toBe(pid)
      expect(new Set(later).size).toBe(1)
      expect(later[0]).toMatch(/^\d+$/)
      expect(later[0]).not.toBe(pid)
    })

    it('loses nothing of what already waits for it, either', async () => {
      const server = await servePythonForTest('probe:unchecked')
      const pid = await server.text('/pid')
      const held = await hold(server)
      const behind = Array.from({ length: 5 }, () => server.fetch('/pid'))
      await server.arrived.waitFor(/(\/pid\s+){5}/)
      process.kill(Number(pid), 'SIGTERM')
      held.letGo()
      expect((await Promise.all(behind)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    })

    it('again and again is replaced later and later, which the log tells', async () => {
      const server = await servePythonForTest('probe:unchecked')
      for (let i = 0; i < 3; i++) expect((await server.fetch('/exit?how=os')).status).toBe(502)
      await server.log.waitFor(/replaced in 1 s/)
      const said = [...server.log.text.matchAll(/ended with exit code 7; (it is replaced.*)/g)].map(([, what]) => what)
      expect(said).toEqual([
        'it is replaced',
        'it is replaced in 0.1 s, for it dies again and again',
        'it is replaced in 1 s, for it dies again and again',
      ])
    })

    it('takes no notice of SIGINT, which is for the front', async () => {
      const server = await servePythonForTest('probe:unchecked')
      const pid = await server.text('/pid')
      process.kill(Number(pid), 'SIGINT')
      expect(await server.text('/pid')).toBe(pid)
    })
  })

  describe('a request that hangs', () => {
    it('shows in the log where it hangs, gets 504, and its process is replaced', async () => {
      const server = await servePythonForTest('probe:unchecked', { timeout: 0.3 })
      const before = await server.text('/pid')
      const hanging = server.fetch('/hang')
      const other = server.text('/pid')
      const answer = await hanging
      expect([answer.status, await answer.text()]).toEqual([504, '504 Gateway Timeout\n'])
      expect(await other).not.toBe(before)
      expect(server.log.text).toMatch(/no answer to GET \/hang for 0\.3 s; it is here:/)
      expect(server.log.text).toMatch(/File ".*probe\.py", line \d+ in do_hang/)
    })

    it('within the grace period may still be answered', async () => {
      const server = await servePythonForTest('probe:unchecked', { timeout: 0.2 })
      const pid = await server.text('/pid')
      const held = await hold(server)
      await server.log.waitFor(/no answer to GET \/hold/)
      held.letGo()
      expect(await (await held.answer).text()).toBe(pid)
      expect(await server.text('/pid')).toBe(pid)
    })

    it('is not taken for one while a slow client is waited for', async () => {
      const server = await servePythonForTest('probe:unchecked', { timeout: 0.3 })
      const pid = await server.text('/pid')
      const response = await server.fetch('/blocks?count=100&size=100000')
      // The clock is another process with the same limit, which hangs until it is ended.
      const other = await servePythonForTest('probe:unchecked', { timeout: 0.3 })
      expect((await other.fetch('/hang')).status).toBe(504)
      expect((await response.text()).length).toBe(10_000_000)
      expect(await server.text('/pid')).toBe(pid)
    })
  })

  describe('a process whose front is gone', () => {
    it('before it has connected leaves', async () => {
      const settings = { application: 'probe', threads: 1, path: [FIXTURES], control: 3, multiprocess: false }
      const argument = JSON.stringify({ ...settings, socket: join(folderForTest(), 'socket') })
      const child = spawn(python ?? '', [BRIDGE, argument], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
      const gone = new Promise((resolve) => child.on('exit', resolve))
      const control = child.stdio[3]
      control?.once('data', () => control.destroy())
      expect(await gone).toBe(1)
    })
  })

  describe('close', () => {
    it('finishes what is in flight, refuses what still comes, and leaves no process', async () => {
      const server = await servePythonForTest('probe:unchecked', { processes: 2 })
      await server.application.start()
      const pid = Number(await server.text('/pid'))
      const held = await hold(server)
      const closing = server.application.close()
      expect((await server.fetch('/')).status).toBe(503)
      held.letGo()
      expect((await held.answer).status).toBe(200)
      await closing
      expect(isAlive(pid)).toBe(false)
      await expect(server.application.start()).rejects.toThrow('probe:unchecked has been closed')
    })

    it('does not wait longer than gracefulTimeout', async () => {
      const server = await servePythonForTest('probe:unchecked', { gracefulTimeout: 0.2 })
      const pid = Number(await server.text('/pid'))
      const held = await hold(server)
      await server.application.close()
      expect((await held.answer).status).toBe(503)
      expect(isAlive(pid)).toBe(false)
    })

    it('may come before any start', async () => {
      await fromPythonWsgi('probe').close()
    })
  })

  it('does not outlive a front that is killed, whatever it computes', async () => {
    const child = spawn(process.execPath, [join(FIXTURES, 'front.ts'), python ?? '', FIXTURES])
    const pid = Number(await new Promise((resolve) => child.stdout.once('data', (text) => resolve(String(text)))))
    expect(isAlive(pid)).toBe(true)
    child.kill('SIGKILL')
    await untilGone(pid)
  })

  it('is no reason for the front to stay', async () => {
    const program = `
      import { fromPythonWsgi } from ${JSON.stringify(new URL('../../../packages/server/src/guests/python-wsgi.ts', import.meta.url).href)}
      await fromPythonWsgi('probe', { python: ${JSON.stringify(python)}, chdir: ${JSON.stringify(FIXTURES)} }).start()`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: 'inherit' })
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0)
  })

  it('leaves nothing behind in the folder for temporary files', async () => {
    const folder = folderForTest()
    const before = process.env.TMPDIR
    process.env.TMPDIR = folder
    onTestFinished(() => {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    })
    const guest = fromPythonWsgi('probe', { python: python ?? '', chdir: FIXTURES })
    await guest.start()
    expect(readdirSync(folder)).toEqual([])
    await guest.close()
    expect(readdirSync(folder)).toEqual([])
  })
})
