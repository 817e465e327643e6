/**
 * The notes as one application, for `tsgi serve examples/notes/app.ts:application`. Only here the environment is read and
 * the store opened: once in each worker, when it loads the application. All other files can be made in a test.
 */
import { fileURLToPath } from 'node:url'
import { makeSite } from './site.ts'
import { openStore } from './store/store.ts'

const folder = process.env.NOTES_DATA ?? fileURLToPath(new URL('./data', import.meta.url))

export const application = makeSite(await openStore(folder))
