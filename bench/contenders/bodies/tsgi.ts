/** What bodies cost, in and out: `POST /length` counts one that is kept whole, `GET /chunks` sends 10 MiB in chunks, `GET /` says hello. */
import { Application, get, post, stream, text } from '@tsgi/framework'

const CHUNK = new Uint8Array(64 * 1024).fill(120)

function* chunks(): Generator<Uint8Array> {
  for (let i = 0; i < 160; i++) yield CHUNK
}

export const application = new Application(
  [
    get('/', () => text('Hello, world!')),
    post('/length', async ({ body }) => text(String((await body.bytes()).length))),
    get('/chunks', () => stream(chunks())),
  ],
  { bodyLimit: 32 * 2 ** 20 },
)
