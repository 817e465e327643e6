/** PEP 3333 on the Python side, the body and close(): the application runs under wsgiref.validate wherever it keeps the rules. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FIXTURES } from '../python-server.ts'
import { describeWsgi } from './describe-wsgi.ts'

describeWsgi((probes) => {
  describe('the body', () => {
    it('knows the length of a single block (Handling the Content-Length Header)', async () => {
      const response = await probes.checked.fetch('/')
      // wsgiref.validate hides that it is a list of one.
      expect((await probes.unchecked.fetch('/')).headers.get('Content-Length')).toBe('14')
      expect(await response.text()).toBe('Hello, World!\n')
    })

    it.each([
      [1, 100],
      [1000, 10],
      [3, 200_000],
      [40, 65_536],
    ])('streams %d blocks of %d octets in order', async (count, size) => {
      const text = await probes.checked.text(`/blocks?count=${count}&size=${size}`)
      const blocks = Array.from({ length: count }, (_, i) => String.fromCharCode(65 + (i % 26)).repeat(size))
      expect(text === blocks.join('')).toBe(true)
    })

    it.each(['/blocks?count=0', '/blocks?count=5&size=0'])('may be empty: %s', async (path) => {
      const response = await probes.checked.fetch(path)
      expect([response.status, await response.text()]).toEqual([200, ''])
    })

    it('is closed when it was sent whole, when it fails, and for HEAD (Specification Details)', async () => {
      expect(await probes.checked.text('/close?how=whole')).toBe('firstsecond')
      await probes.checked.log.waitFor(/closed \/close\?how=whole/)
      await expect(probes.checked.text('/close?how=fails')).rejects.toThrow()
      await probes.checked.log.waitFor(/closed \/close\?how=fails/)
      expect((await probes.unchecked.fetch('/close?head', { method: 'HEAD' })).status).toBe(200)
      await probes.unchecked.log.waitFor(/closed \/close\?head/)
    })

    it('is run to its end when Content-Length is reached, then closed', async () => {
      const response = await probes.unchecked.fetch('/exhaust')
      expect(await response.text()).toBe('four')
      await probes.unchecked.log.waitFor(/exhausted[\s\S]*closed \/exhaust/)
    })

    it('is cut at its Content-Length, and the operator is told', async () => {
      for (const kind of ['list', 'iterator']) {
        const response = await probes.unchecked.fetch(`/length?declared=5&actual=9&kind=${kind}`)
        expect(await response.text()).toBe('xxxxx')
        await probes.unchecked.log.waitFor(new RegExp(`kind=${kind}: the body is longer than its Content-Length`))
      }
    })

    it('stays visibly incomplete when it ends before its Content-Length', async () => {
      await expect(probes.unchecked.text('/length?declared=9&actual=5&kind=iterator')).rejects.toThrow()
    })

    it('stays visibly incomplete when a later block is no bytes', async () => {
      await expect(probes.unchecked.text('/wrong?kind=late')).rejects.toThrow()
    })

    it('may be a file (Optional Platform-Specific File Handling)', async () => {
      expect(await probes.checked.text('/file')).toContain('def do_file(environ')
    })

    it.each(['disk', 'memory'])(
      'may be a part of a file: from where it stands, to Content-Length, from %s',
      async (kind) => {
        const whole = readFileSync(join(FIXTURES, 'probe.py'), 'latin1')
        expect(await probes.checked.text(`/file-part?at=1000&size=500&kind=${kind}`)).toBe(whole.slice(1000, 1500))
      },
    )

    it('may be what only has read(), without fileno() and close()', async () => {
      expect(await probes.checked.text('/file-like')).toBe('r'.repeat(6500))
    })

    it.each(['/', '/big', '/blocks', '/forever'])(
      'is not sent for HEAD of %s, and the worker is free again',
      async (path) => {
        const response = await probes.unchecked.fetch(path, { method: 'HEAD' })
        expect([response.status, await response.text()]).toEqual([200, ''])
        if (path === '/big') expect(response.headers.get('Content-Length')).toBe('1048576')
        expect(await probes.unchecked.text('/')).toBe('Hello, World!\n')
      },
    )
  })
})
