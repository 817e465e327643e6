/** The entry `@tsgi/framework/multipart`: uploads on disk. Only re-exports; needs Node, which the core does not. */
export type { SaveOptions } from './multipart/save-to.ts'
export { saveTo } from './multipart/save-to.ts'
export type { SpoolOptions } from './multipart/spool-to-disk.ts'
export { spoolToDisk } from './multipart/spool-to-disk.ts'
