/** PEP 3333 on the Python side, a client that leaves: the generator is closed, reading fails, nobody else is harmed. */
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { describeWsgi } from './describe-wsgi.ts'

describeWsgi((probes) => {
  describe('the client', () => {
    it.each(['/forever', '/forever?size=100000', '/forever?pause=0.01', '/quiet'])(
      'is seen to leave %s',
      async (path) => {
        const controller = new AbortController()
        const answer = probes.unchecked.fetch(path, { signal: controller.signal })
        if (path === '/quiet') await probes.unchecked.log.waitFor(/begun \/quiet/)
        else await (await answer).body?.getReader().read()
        controller.abort()
        await expect(answer.then((response) => response.text())).rejects.toThrow()
        await probes.unchecked.log.waitFor(new RegExp(`closed ${path.replace('?', '\\?')}\n`))
        expect(await probes.unchecked.text('/')).toBe('Hello, World!\n')
      },
    )

    it('that leaves in the middle of its body makes reading fail, and harms nobody else', async () => {
      const socket = connect(probes.unchecked.port, '127.0.0.1')
      socket.write('POST /count?size=1000 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n')
      socket.write('x'.repeat(300_000), () => socket.destroy())
      await probes.unchecked.log.waitFor(/reading failed after \d+ octets: the request body was cut short/)
      expect(await probes.unchecked.text('/')).toBe('Hello, World!\n')
    })
  })
})
