/** A client of a test that leaves in the middle of a response. */
import { Application, events, get, stream, text } from '@tsgi/framework'
import { agent, request } from '@tsgi/framework/testing'
import { expect, it } from 'vitest'

const ended: string[] = []
const application = new Application([
  get('/feed', () =>
    events(async function* ({ signal }) {
      try {
        for (let i = 1; ; i++) yield { id: String(i), data: `number ${i}` }
      } finally {
        ended.push(`feed ${signal.aborted}`)
      }
    }),
  ),
  get('/silent', (request) =>
    events(async function* ({ signal }) {
      try {
        yield 'once'
        await new Promise(() => {})
      } finally {
        ended.push(`silent ${signal.aborted} ${request.signal.aborted}`)
      }
    }),
  ),
  get('/bytes', () =>
    stream(
      (function* () {
        for (const byte of new TextEncoder().encode('é'.repeat(1000))) yield Uint8Array.of(byte)
      })(),
    ),
  ),
  get('/short', () => text('all of it')),
])

it('ends an endless stream when it has what it waits for', async () => {
  const response = await request(application).get('/feed').until('number 3')
  expect(response.status).toBe(200)
  expect(response.text.match(/number \d+/g)).toEqual(['number 1', 'number 2', 'number 3'])
  expect(ended.splice(0)).toEqual(['feed true'])
})

it('aborts the signals that the source and the view have', async () => {
  expect((await agent(application).get('/silent').until('once')).text).toContain('data: once')
  await expect.poll(() => ended.splice(0)).toEqual(['silent true true'])
})

it('takes a function of the text so far, whose characters are whole', async () => {
  const seen: string[] = []
  const response = await request(application)
    .get('/bytes')
    .until((read) => seen.push(read) > 0 && read.length === 2)
  expect(response.text).toBe('éé')
  expect(seen).toEqual(['', 'é', 'é', 'éé'])
})

it('takes a response that ends before', async () => {
  expect((await request(application).get('/short').until('never')).text).toBe('all of it')
})
