/**
 * Stores the data of sessions: an interface of three functions, and a store in Redis. We offer no store in memory: with two
 * workers it would lose the session on every other request. Knows ids and text; knows nothing of cookies.
 */

/** The interface of a custom store. A rejection becomes a 503, never a lost session. */
export interface SessionStore {
  /** The text under an id; undefined if it never existed or has expired. */
  read(id: string): Promise<string | undefined>
  /** Stores a text for `seconds`; replaces an earlier one. */
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
