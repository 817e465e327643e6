/**
 * The command `tsgi`: a worker, or what an operator types. Imports one of the two and nothing beside: a worker is not to
 * wait for options and help that its master has read.
 */

import { surviveClosedOutput } from './output.ts'

/** @returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  surviveClosedOutput()
  // The master forks this command with the one argument `worker`; by hand it has no channel and is no command.
  if (argv[0] === 'worker' && process.send !== undefined) {
    // An application that reads its arguments when it is loaded finds none.
    process.argv.splice(2)
    return process.exit(await (await import('../worker/worker.ts')).runWorker())
  }
  return await (await import('./command.ts')).runCommand(argv)
}
