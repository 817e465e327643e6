/**
 * Samples of where the processor time of this worker goes, as Chromium's tools read them (`.cpuprofile`). The worker serves
 * meanwhile. Knows V8's profiler through Node's inspector, which needs no port for it.
 */
import { Session } from 'node:inspector/promises'

export interface TakenProfile {
  readonly json: AsyncIterable<Buffer>
  /** Milliseconds. */
  readonly time: number
}

const MAX_CHUNK_BYTES = 64 * 1024

export class CpuProfile {
  readonly #over = Promise.withResolvers<void>()

  /** Ends it before its time; what was seen until then counts. */
  end(): void {
    this.#over.resolve()
  }

  /** @param time milliseconds. */
  async take(time: number): Promise<TakenProfile> {
    const session = new Session()
    session.connect()
    const timer = setTimeout(() => this.end(), time)
    try {
      await session.post('Profiler.enable')
      await session.post('Profiler.start')
      const beganAt = performance.now()
      await this.#over.promise
      const { profile } = await session.post('Profiler.stop')
      return { json: chunksOf(JSON.stringify(profile)), time: performance.now() - beganAt }
    } finally {
      clearTimeout(timer)
      session.disconnect()
    }
  }
}

async function* chunksOf(text: string): AsyncGenerator<Buffer> {
  // A name outside ASCII may be cut between two halves of a pair: bytes are cut, not characters.
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += MAX_CHUNK_BYTES) yield bytes.subarray(at, at + MAX_CHUNK_BYTES)
}
