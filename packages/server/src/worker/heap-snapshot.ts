/**
 * All objects of this worker's heap, as Chromium's tools read them (`.heapsnapshot`). V8 hands them out in one go, while nothing
 * else runs; they may be larger than the heap. So they go to a file without a name at once, and from there to the operator.
 * Knows V8's profiler through Node's inspector, and one file.
 */
import { closeSync, createReadStream, openSync, unlinkSync, writeSync } from 'node:fs'
import { Session } from 'node:inspector'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** @returns its JSON. @throws Error where it cannot be kept: a full disk. */
export async function takeHeapSnapshot(): Promise<AsyncIterable<Buffer>> {
  const fd = openNameless(tmpdir())
  try {
    await writeSnapshot(fd)
  } catch (error) {
    closeSync(fd)
    throw new Error(`no room for a heap snapshot in ${tmpdir()}: ${reasonOf(error)}; TMPDIR names another folder`)
  }
  return createReadStream('', { fd, start: 0 })
}

/** Only this process can read it, and it goes with the descriptor. */
function openNameless(folder: string): number {
  const path = join(folder, `tsgi-${process.pid}-${Date.now()}.heap`)
  try {
    const fd = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    return fd
  } catch (error) {
    throw new Error(`cannot write to ${folder}: ${reasonOf(error)}; TMPDIR names another folder`)
  }
}

async function writeSnapshot(fd: number): Promise<void> {
  const session = new Session()
  session.connect()
  let failure: unknown
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => {
    if (failure !== undefined) return
    try {
      writeAll(fd, Buffer.from(params.chunk))
    } catch (error) {
      failure = error
    }
  })
  // Older Nodes take it within `post`, newer ones in a task of its own.
  await new Promise<void>((resolve) => {
    session.post('HeapProfiler.takeHeapSnapshot', (error) => {
      failure ??= error ?? undefined
      resolve()
    })
  })
  session.disconnect()
  if (failure !== undefined) throw failure
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
