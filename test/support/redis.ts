/**
 * A Redis of Debian's for one test: on a unix socket in a folder of its own, without a file. It can be stopped and started
 * again, as a store that is down. Knows the program; knows no client.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const EXECUTABLE = process.env.REDIS_SERVER ?? '/usr/bin/redis-server'

export const hasRedis: boolean = existsSync(EXECUTABLE)

/** What a skipped test is called, so that a run without Redis says so by name. */
export const skipReason = `SKIPPED: no redis-server at ${EXECUTABLE} (apt-get install redis-server, or set REDIS_SERVER)`

export class RedisForTest {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tsgi-redis-'))
  #process: ChildProcess | undefined

  /** The socket that clients connect to. */
  get path(): string {
    return join(this.#folder, 'socket')
  }

  async start(): Promise<void> {
    const options = [
      '--port',
      '0',
      '--unixsocket',
      this.path,
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      this.#folder,
    ]
    this.#process = spawn(EXECUTABLE, options, { stdio: 'ignore' })
    while (!(await this.#isListening())) await sleep(20)
  }

  async stop(): Promise<void> {
    const ended = this.#process
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return
    ended.kill('SIGKILL')
    await once(ended, 'exit')
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #isListening(): Promise<boolean> {
    const socket = connect(this.path)
    try {
      await once(socket, 'connect')
      return true
    } catch {
      return false
    } finally {
      socket.destroy()
    }
  }
}
