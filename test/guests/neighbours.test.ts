/**
 * A guest that writes small chunks for ever does not keep its neighbours waiting. Counted in what the guest writes while a
 * neighbour waits, not in time.
 */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import type { Application } from '@tsgi/contract'
import { expect, it } from 'vitest'
import { fromFetchHandler } from '../../packages/server/src/guests/fetch-handler.ts'
import { fromNodeHandler } from '../../packages/server/src/guests/node-handler.ts'
import { get, Harness } from '../support/harness.ts'

const CHUNK = '0123456789'
/** Of one response, while one neighbour waits. In a worker that starves it would be all of `MAX_BYTES`. */
const MAX_BYTES_PER_NEIGHBOUR = 4 * 2 ** 20
const MAX_BYTES = 400 * 2 ** 20

/** What the endless response has come to; it ends by itself, so that a fault is a failure and no hang. */
class Endless {
  bytes = 0
  isOver = false

  next(): string | undefined {
    if (this.isOver || this.bytes > MAX_BYTES) return undefined
    this.bytes += CHUNK.length
    return CHUNK
  }
}

const TEXT = { headers: { 'Content-Type': 'text/plain' } }

type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void

async function* chunksOf(endless: Endless): AsyncGenerator<string> {
  for (let chunk = endless.next(); chunk !== undefined; chunk = endless.next()) yield chunk
}

const NODE: Readonly<Record<string, (endless: Endless) => NodeHandler>> = {
  "write and 'drain'": (endless) => (_request, response) => {
    response.setHeader('Content-Type', 'text/plain')
    const go = (): void => {
      for (let chunk = endless.next(); chunk !== undefined; chunk = endless.next())
        if (!response.write(chunk)) {
          response.once('drain', go)
          return
        }
      response.end()
    }
    go()
  },
  'the callback of write': (endless) => (_request, response) => {
    response.setHeader('Content-Type', 'text/plain')
    const go = (): void => {
      const chunk = endless.next()
      if (chunk === undefined) response.end()
      else response.write(chunk, go)
    }
    go()
  },
  'pipeline of an async generator': (endless) => (_request, response) => {
    response.setHeader('Content-Type', 'text/plain')
    pipeline(Readable.from(chunksOf(endless)), response, () => undefined)
  },
}

const APPLICATIONS: Readonly<Record<string, (endless: Endless) => Application>> = {
  ...Object.fromEntries(
    Object.entries(NODE).map(([name, make]) => [
      `a Node handler by ${name}`,
      (endless: Endless) => fromNodeHandler(make(endless)),
    ]),
  ),
  'a fetch handler by a ReadableStream': (endless) =>
    fromFetchHandler(
      () => new Response(ReadableStream.from(chunksOf(endless)).pipeThrough(new TextEncoderStream()), TEXT),
    ),
}

it.each(Object.entries(APPLICATIONS))('%s lets its neighbours in', async (_name, make) => {
  const endless = new Endless()
  const guest = make(endless)
  const application: Application = (environ, startResponse) => {
    if (environ.PATH_INFO !== '/neighbour') return guest(environ, startResponse)
    startResponse('200 OK', [['Content-Type', 'text/plain']])
    return 'ok'
  }
  await using harness = await Harness.start(application)
  // Reads all there is, and keeps nothing of it.
  const reader = connect(harness.port, '127.0.0.1').on('data', () => undefined)
  reader.write(get('/endless'))
  await once(reader, 'data')
  for (let asked = 0; asked < 5; asked++) {
    const before = endless.bytes
    const neighbour = await harness.client()
    neighbour.send(get('/neighbour'))
    await neighbour.until('ok')
    expect(endless.bytes - before).toBeLessThan(MAX_BYTES_PER_NEIGHBOUR)
  }
  expect(endless.bytes).toBeGreaterThan(0)
  endless.isOver = true
  reader.destroy()
})
