/**
 * The door of `@tsgi/framework/middleware`: all of them. Each has a door of its own too, `@tsgi/framework/middleware/compress`,
 * for platforms without `node:`. Only re-exports; nothing of the core imports one.
 */
export type { AccessLogOptions } from './middleware/access-log.ts'
export { accessLog } from './middleware/access-log.ts'
export { isCompressible } from './middleware/coded-headers.ts'
export type { CompressOptions } from './middleware/compress.ts'
export { compress } from './middleware/compress.ts'
export type { ConditionalGetOptions } from './middleware/conditional-get.ts'
export { conditionalGet } from './middleware/conditional-get.ts'
export type { CodingName } from './middleware/content-encoder.ts'
export type { AccessLogFormat, AccessRecord } from './middleware/log-line.ts'
export type { RequestIdOptions } from './middleware/request-id.ts'
export { requestId } from './middleware/request-id.ts'
export { keepLife } from './routing/application-life.ts'
