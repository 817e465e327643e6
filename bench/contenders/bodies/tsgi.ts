/**
 * What bodies cost, in and out: `POST /length` counts one that is kept whole, `GET /chunks` sends 10 MiB in chunks, `POST /typed`
 * checks a list, `GET /work` takes 5 ms of CPU, `GET /` says hello.
 */
import { Application, get, post, stream, text } from '@tsgi/framework'
import { z } from 'zod'

const CHUNK = new Uint8Array(64 * 1024).fill(120)

function* chunks(): Generator<Uint8Array> {
  for (let i = 0; i < 160; i++) yield CHUNK
}

const list = z.array(z.object({ id: z.int(), name: z.string() }))

function work(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

export const application = new Application(
  [
    get('/', () => text('Hello, world!')),
    post('/length', async ({ body }) => text(String((await body.bytes()).length))),
    post('/typed', { body: list }, ({ body }) => text(String(body.length))),
    get('/work', () => {
      work(5)
      return text('done')
    }),
    get('/chunks', () => stream(chunks())),
  ],
  { bodyLimit: 32 * 2 ** 20 },
)
