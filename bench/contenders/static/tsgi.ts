/** A folder of files. */
import { Application } from '@tsgi/framework'

export const application = new Application([], { static: process.env.BENCH_FILES ?? '.' })
