/** The entry `@tsgi/framework/sessions`. Only re-exports; needs WebCrypto and nothing of Node. */
export { csrfField, csrfForms } from './sessions/csrf.ts'
export type { Session, SessionFate, SessionRecord } from './sessions/session.ts'
export type { RedisClient, RedisCommands, SessionStore } from './sessions/session-store.ts'
export { redisStore } from './sessions/session-store.ts'
export type { PlainData, SessionOptions } from './sessions/sessions.ts'
export { sessions } from './sessions/sessions.ts'
