/** A listener below a prefix of Connect or Express: what is the application's path, and what its mount. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Application, validate } from '@tsgi/contract'
import { toNodeListener } from '@tsgi/server'
import connect from 'connect'
import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'

const seen: Application = validate(({ SCRIPT_NAME, PATH_INFO, QUERY_STRING, REQUEST_URI }, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'application/json']])
  return JSON.stringify([SCRIPT_NAME, PATH_INFO, QUERY_STRING, REQUEST_URI])
})

const closing: Array<() => void> = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function ask(listener: RequestListener, target: string): Promise<unknown> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  closing.push(() => server.close().closeAllConnections())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  return (await fetch(`http://127.0.0.1:${port}${target}`)).json()
}

function inExpress(): RequestListener {
  const router = express.Router()
  router.use('/deep', toNodeListener(seen))
  return express()
    .use('/site', toNodeListener(seen))
    .use('/outer', router)
    .use('/old', (request, _response, next) => {
      request.url = '/rewritten?x'
      next()
    })
    .use(toNodeListener(seen))
}

describe('an application mounted in Express', () => {
  it.each<[string, readonly string[]]>([
    ['/site/a%2Fb?c', ['/site', '/a/b', 'c', '/site/a%2Fb?c']],
    ['/site', ['/site', '', '', '/site']],
    ['/site?c', ['/site', '', 'c', '/site?c']],
    ['/site/', ['/site', '/', '', '/site/']],
    ['/site/site', ['/site', '/site', '', '/site/site']],
    ['/outer/deep/x', ['/outer/deep', '/x', '', '/outer/deep/x']],
    ['/other?c', ['', '/other', 'c', '/other?c']],
    ['/', ['', '/', '', '/']],
  ])('%s', async (target, environ) => {
    expect(await ask(inExpress(), target)).toEqual(environ)
  })

  it('sees a rewritten target as it is', async () => {
    expect(await ask(inExpress(), '/old/x')).toEqual(['', '/old/rewritten', 'x', '/old/rewritten?x'])
  })
})

it('an application mounted in Connect has the prefix as its SCRIPT_NAME', async () => {
  const app = connect().use('/site', toNodeListener(seen))
  expect(await ask(app, '/site/x?c')).toEqual(['/site', '/x', 'c', '/site/x?c'])
  expect(await ask(app, '/site')).toEqual(['/site', '', '', '/site'])
})
