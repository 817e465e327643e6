/**
 * The notes as one application, for `tsgi serve examples/notes/app.ts:application`. Only here the environment is read and
 * the store opened: once in each worker, when it loads the application. All other files can be made in a test.
 */
import { fileURLToPath } from 'node:url'
import { withMiddleware } from './middleware.ts'
import { makeSite } from './site.ts'
import { openStore } from './store/store.ts'

const folder = process.env.NOTES_DATA ?? fileURLToPath(new URL('./data', import.meta.url))

/** The routes alone, for `tsgi routes examples/notes/app.ts:site`. */
export const site = makeSite(await openStore(folder))

export const application = withMiddleware(site)
