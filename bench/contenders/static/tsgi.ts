/** A folder of files. */
import { Application } from '@tsgi/framework'

export const application = new Application([], {
  static: { root: process.env.BENCH_FILES ?? '.', precompressed: true },
})
