/** A chat whose rooms span all workers and hosts: each message goes through Redis, and each worker delivers to its own peers. */
import { readFileSync } from 'node:fs'
import { Application, get, html } from '@tsgi/framework'
import { websocket } from '@tsgi/framework/websocket'
import { z } from 'zod'
import { Rooms } from './rooms.ts'

const Message = z.object({ name: z.string().min(1).max(40), text: z.string().min(1).max(500) })

const rooms = new Rooms(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379', process.env.REDIS_SOCKET)
const page = readFileSync(new URL('page.html', import.meta.url), 'utf8')

export const application = new Application(
  [
    get('/', () => html(page)),
    websocket(
      '/rooms/:room',
      { params: z.object({ room: z.string() }), message: Message, rate: 20 },
      async (peer, request) => {
        const { room } = request.params
        rooms.enter(room, peer)
        try {
          // So that a client knows that it will miss nothing from here.
          await peer.send({ name: '', text: 'welcome' })
          for await (const message of peer) await rooms.publish(room, message)
        } finally {
          rooms.leave(room, peer)
        }
      },
    ),
  ],
  { start: () => rooms.start(), close: () => rooms.close() },
)
