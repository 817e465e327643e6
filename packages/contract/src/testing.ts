/**
 * The test kit, `@tsgi/contract/testing`: environs and responses without a socket. Only re-exports. Runs anywhere.
 */
export type { CallOptions } from './testing/call.ts'
export { call } from './testing/call.ts'
export type { EnvironOptions } from './testing/environ-for.ts'
export { environFor } from './testing/environ-for.ts'
export type { RequestBody } from './testing/memory-input.ts'
export { rateLimitOf } from './testing/memory-limits.ts'
export type { TestResponse } from './testing/test-response.ts'
export { ResponseCutError } from './testing/test-response.ts'
