/** PEP 3333 on the Python side, Input and Error Streams: the application runs under wsgiref.validate wherever it keeps the rules. */
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { describeWsgi } from './describe-wsgi.ts'

describeWsgi((probes) => {
  describe('Input and Error Streams', () => {
    const lines = 'abcdef\nghijklmn\nop\nqrst\nuv\nwx'
    // What io.BytesIO, which is the reference, answers to the same calls.
    const said = ['abc', 'def\n', 'ghij', ['klmn\n'], '', ['op\n', 'qrst\n', 'uv\n', 'wx'], '', '', []]

    it.each(['inline', 'chunked'])('reads by size, line, lines and iteration: a body that comes %s', async (kind) => {
      const body = kind === 'inline' ? lines : new Blob([lines]).stream()
      const response = await probes.unchecked.fetch('/read', { method: 'POST', body, duplex: 'half' } as RequestInit)
      expect(await response.json()).toEqual(said)
    })

    it('reads lines out of a body that is streamed', async () => {
      const filling = 'x'.repeat(99)
      const body = `${lines}\n${`${filling}\n`.repeat(2000)}`
      const response = await probes.unchecked.fetch('/read', { method: 'POST', body })
      const answer = (await response.json()) as unknown[]
      expect(answer.slice(0, 5)).toEqual(said.slice(0, 5))
      expect(answer[5]).toHaveLength(2004)
      expect(answer.slice(6)).toEqual(['', '', []])
    })

    it.each([1, 1000, 65_535, 65_536, 65_537, 262_144, 262_145, 3_000_000])(
      'brings %d octets there and back',
      async (size) => {
        const body = Buffer.alloc(size, 'abcdefghij')
        const response = await probes.checked.fetch('/echo', { method: 'POST', body })
        expect(response.headers.get('X-Length')).toBe(String(size))
        expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true)
      },
    )

    it('reads all that is left without a size', async () => {
      const body = Buffer.alloc(1_000_000, 'abcdefghij')
      const sum = body.reduce((total, octet) => total + octet, 0) % 65521
      expect(await probes.unchecked.text('/read-all', { method: 'POST', body })).toBe(`1000000 ${sum}`)
    })

    it('has the application wait while the client still sends', async () => {
      const { port } = probes.checked
      const socket = connect(port, '127.0.0.1')
      let answer = ''
      socket.setEncoding('latin1').on('data', (text) => {
        answer += text
      })
      const closed = new Promise((resolve) => socket.on('close', resolve))
      socket.write('POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\nConnection: close\r\n\r\n')
      for (let sent = 0; sent < 200_000; sent += 50_000) {
        socket.write('x'.repeat(50_000))
        await new Promise((resolve) => setImmediate(resolve))
      }
      await closed
      expect(answer).toContain('\n200000')
    })

    it.each([10, 200_000])(
      'answers when the application leaves a body of %d octets unread, and goes on',
      async (size) => {
        expect(await probes.checked.text('/ignore', { method: 'POST', body: 'x'.repeat(size) })).toBe('not read')
        expect(await probes.checked.text('/')).toBe('Hello, World!\n')
      },
    )

    it('takes wsgi.errors and stdout to the log, safe to show', async () => {
      expect(await probes.checked.text('/errors')).toBe('ok')
      await probes.checked.log.waitFor(/raw octets to stdout/)
      await probes.checked.log.waitFor(/a line/)
      expect(probes.checked.log.text).toMatch(/^\[python \d+\] written to wsgi\.errors: 中$/m)
      expect(probes.checked.log.text).toMatch(/^\[python \d+\] printed to stdout \\x1b\[31m$/m)
    })
  })
})
