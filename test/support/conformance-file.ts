/** Spans of a real file for the conformance application. Knows no server. */
import { closeSync, openSync, read, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { FileBody } from '@tsgi/contract'

const PATH = join(tmpdir(), `tsgi-conformance-${process.pid}.bin`)
let isWritten = false

/** @param closed called when the descriptor is closed. */
export function fileOf(start: number, length: number, closed: () => void): FileBody {
  if (!isWritten) writeFileSync(PATH, '0123456789'.repeat(100_000))
  isWritten = true
  const fd = openSync(PATH, 'r')
  return {
    fd,
    start,
    length,
    close() {
      closeSync(fd)
      closed()
    },
    async *[Symbol.asyncIterator]() {
      if (length > 0) yield (await promisify(read)(fd, new Uint8Array(length), 0, length, start)).buffer
    },
  }
}
