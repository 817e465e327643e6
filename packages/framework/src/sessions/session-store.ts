/**
 * Where the data of sessions are: a store of three functions, and one in Redis. There is none in memory: with two workers
 * every other request would find its user signed out. Knows ids and text; knows nothing of cookies.
 */

/** A store of your own: all that `sessions` asks of it. What it rejects with is a 503, and never a lost session. */
export interface SessionStore {
  /** The text under an id; undefined where there is none, or no longer. */
  read(id: string): Promise<string | undefined>
  /** Keeps a text for so many seconds, in place of the one before. */
  write(id: string, text: string, seconds: number): Promise<void>
  remove(id: string): Promise<void>
}

/** A client of `redis` or `ioredis`, as far as it is used here. */
export type RedisClient = RedisCommands &
  (
    | { setEx(key: string, seconds: number, value: string): Promise<unknown> }
    | { setex(key: string, seconds: number, value: string): Promise<unknown> }
  )

/** The commands of Redis that a store uses. */
export interface RedisCommands {
  get(key: string): Promise<string | null>
  del(key: string): Promise<unknown>
}

/**
 * Sessions in Redis.
 * @param client of `redis` or `ioredis`, connected by the application.
 * @param prefix of the keys. @default `session:`
 * @example `sessions({ keys: [process.env.SESSION_KEY], store: redisStore(redis) })`
 */
export function redisStore(client: RedisClient, prefix = 'session:'): SessionStore {
  return {
    read: async (id) => (await client.get(prefix + id)) ?? undefined,
    write: async (id, text, seconds) => {
      if ('setEx' in client) await client.setEx(prefix + id, seconds, text)
      else await client.setex(prefix + id, seconds, text)
    },
    remove: async (id) => {
      await client.del(prefix + id)
    },
  }
}
