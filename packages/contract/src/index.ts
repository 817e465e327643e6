/** The public exports of `@tsgi/contract`. Only re-exports. */
export type { Application, ApplicationLife, Middleware } from './application.ts'
export type { Body, Chunk, Closeable, FileBody, Write } from './body.ts'
export type { ClauseId, Party } from './clauses.ts'
export { ContractError } from './contract-error.ts'
export type {
  Environ,
  ErrorStream,
  FileWrapper,
  Input,
  InputError,
  MessageSocket,
  MessageSocketOptions,
  RateLimit,
  RateLimiter,
  RoutingArgs,
  SocketEnd,
  Trailers,
  Upgraded,
} from './environ.ts'
export type { HeaderList, StartResponse } from './start-response.ts'
export type { ValidatedApplication, ValidateOptions } from './validator.ts'
export { validate } from './validator.ts'
