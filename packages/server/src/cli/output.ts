/**
 * Standard output and standard error of the command and of every process that it starts. Who reads them may leave at any
 * time (`tsgi --help | head -1`, a log collector that restarts): that ends no process. Knows streams, not what is written.
 */

/** From now on an output that cannot be written is no uncaught error. To be called once per process. */
export function surviveClosedOutput(): void {
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return
    process.stderr.write(`tsgi: cannot write to standard output: ${error.code ?? error.message}\n`)
    process.exitCode = 1
  })
}

/** Resolves when the bytes are out of our hands: the process may end then. A reader that has left is no error. */
export function print(stream: NodeJS.WritableStream, bytes: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: NodeJS.ErrnoException | null) =>
      error && error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED' ? reject(error) : resolve()
    stream.write(bytes, done)
  })
}
