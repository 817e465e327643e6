/** The peers of this worker, by room, and the channel to those of all others. Knows Redis; knows no HTTP. */
import { createClient } from 'redis'

interface Member {
  send(message: unknown): Promise<void>
}

const CHANNEL = 'chat'

export class Rooms {
  readonly #members = new Map<string, Set<Member>>()
  readonly #publisher
  readonly #subscriber

  /** @param path a unix socket, in place of the URL. */
  constructor(url: string, path: string | undefined) {
    this.#publisher = createClient(path === undefined ? { url } : { socket: { path, tls: false } })
    // A connection that subscribes can do nothing else.
    this.#subscriber = this.#publisher.duplicate()
    for (const client of [this.#publisher, this.#subscriber])
      client.on('error', (error: Error) => console.error(`redis: ${error.message}`))
  }

  async start(): Promise<void> {
    await Promise.all([this.#publisher.connect(), this.#subscriber.connect()])
    await this.#subscriber.subscribe(CHANNEL, (text) => this.#deliver(text))
  }

  async close(): Promise<void> {
    await Promise.all([this.#subscriber.close(), this.#publisher.close()])
  }

  enter(room: string, member: Member): void {
    const members = this.#members.get(room) ?? new Set()
    this.#members.set(room, members.add(member))
  }

  leave(room: string, member: Member): void {
    const members = this.#members.get(room)
    members?.delete(member)
    if (members?.size === 0) this.#members.delete(room)
  }

  /** To the members of all workers, of this one too: all see the same order. */
  async publish(room: string, message: unknown): Promise<void> {
    await this.#publisher.publish(CHANNEL, JSON.stringify({ room, message }))
  }

  #deliver(text: string): void {
    const { room, message } = JSON.parse(text) as { readonly room: string; readonly message: unknown }
    // Not awaited: a slow member must not hold up the others, and what waits for it is bounded.
    for (const member of this.#members.get(room) ?? []) void member.send(message)
  }
}
