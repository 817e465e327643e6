/** What an application may do to its own process, and what has to stand it: the protocol, the process, the next answer. */
import { describe, expect, it } from 'vitest'
import { findPython, servePythonForTest, skipReason } from './python-server.ts'

const python = findPython()
if (python === undefined) console.warn(skipReason())

describe.skipIf(python === undefined)(
  `the process of an application${python === undefined ? ` — ${skipReason()}` : ''}`,
  () => {
    it.each([
      ['KeyboardInterrupt'],
      ['SystemExit'],
      ['GeneratorExit'],
      ['MemoryError'],
      ['RecursionError'],
      ['StopIteration'],
    ])('stands a %s: 500, the traceback for the operator, and it lives on', async (kind) => {
      const server = await servePythonForTest('probe:unchecked')
      const pid = await server.text('/pid')
      const answer = await server.fetch(`/raise?kind=${kind}`)
      expect([answer.status, await answer.text()]).toEqual([500, 'Internal Server Error\n'])
      expect(await server.text('/pid')).toBe(pid)
    })

    it.each([1, 2])('may fork, with %d threads: only the parent answers', async (threads) => {
      const server = await servePythonForTest('probe:unchecked', { threads })
      const pid = await server.text('/pid')
      expect(await server.text('/fork')).toBe('parent, the child left with 0')
      expect(await server.text('/pid')).toBe(pid)
    })

    it('may run programs: what they print is in the log, not in an answer', async () => {
      const server = await servePythonForTest('probe:unchecked')
      expect(await server.text('/subprocess')).toBe('0')
      await server.log.waitFor(/printed by a program/)
      expect(await server.text('/')).toBe('Hello, World!\n')
    })

    it('hands no socket of ours to a program', async () => {
      const server = await servePythonForTest('probe:unchecked')
      expect(await server.text('/descriptors')).toBe('[]')
    })

    it('may have threads of its own, which print while answers go out', async () => {
      const server = await servePythonForTest('probe:unchecked')
      await server.text('/thread')
      const answers = await Promise.all(Array.from({ length: 50 }, () => server.text('/')))
      expect(new Set(answers)).toEqual(new Set(['Hello, World!\n']))
      await server.log.waitFor(/the thread has ended/)
    })

    it.each([
      ['garbage\\n'],
      ['garbage without an end'],
      ['null\\n'],
      ['[]\\n'],
      ['{}\\n'],
      ['{"ready": 5}\\n'],
      ['{"failed": null}\\n'],
      ['\\xff\\x00\\n'],
    ])('may write %s to the descriptor of the server: it is ignored', async (text) => {
      const server = await servePythonForTest('probe:unchecked', { threads: 2 })
      const pid = await server.text('/pid')
      expect(await server.text(`/control?text=${encodeURIComponent(text)}`)).toBe('written')
      expect(await server.text('/pid')).toBe(pid)
      process.kill(Number(pid), 'SIGTERM')
      await server.log.waitFor(/is asked to leave/)
      expect(await server.text('/pid')).not.toBe(pid)
    })

    it('may close the descriptor of the server, as daemons close all they have', async () => {
      const server = await servePythonForTest('probe:unchecked')
      const pid = await server.text('/pid')
      expect(await server.text('/control?text=close')).toBe('closed')
      expect(await server.text('/pid')).toBe(pid)
    })

    it('has SERVER_SOFTWARE, by which frameworks know that they are not in development', async () => {
      const server = await servePythonForTest('probe:unchecked')
      expect(await server.text('/software')).toBe('tsgi')
      const other = await servePythonForTest('probe:unchecked', { env: { SERVER_SOFTWARE: 'mine' } })
      expect(await other.text('/software')).toBe('mine')
    })

    it('has an empty stdin', async () => {
      const server = await servePythonForTest('probe:unchecked')
      expect(await server.text('/stdin')).toBe("''")
    })

    it('may close its streams', async () => {
      const server = await servePythonForTest('probe:unchecked')
      expect(await server.text('/close-streams')).toBe('closed')
      expect(await server.text('/')).toBe('Hello, World!\n')
    })
  },
)
