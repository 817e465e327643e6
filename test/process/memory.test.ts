/** What long bodies cost a worker in memory, as the kernel counts it: 1 GiB in each direction, to and from the slow. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ask, type Command, endCommandsAfterEach, folderWith, serving } from '../support/command.ts'

endCommandsAfterEach()

const MIB = 1024 * 1024
const GIB = 1024 * MIB
/** Above idle (issue 3). */
const MOST = 32 * MIB

const APP = `
import { closeSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const LENGTH = ${GIB}
const ways = {
  '/': async () => 'hello',
  // The application waits after each MiB.
  '/upload': async (environ) => {
    let [read, rested] = [0, 0]
    for await (const chunk of environ['wsgi.input']) {
      read += chunk.byteLength
      if (read - rested < ${MIB}) continue
      rested = read
      await sleep(1)
    }
    return String(read)
  },
  '/made': async () => (function* () {
    for (let made = 0; made < LENGTH; made += 65_536) yield Buffer.alloc(65_536, 'x')
  })(),
  '/file': async () => {
    const fd = openSync('long', 'r')
    return { fd, start: 0, length: LENGTH, close: () => closeSync(fd), async *[Symbol.asyncIterator]() {} }
  },
}
export const application = async (environ, startResponse) => {
  const body = await ways[environ.PATH_INFO](environ)
  startResponse('200 OK', [['Content-Type', 'application/octet-stream']])
  return body
}
`

async function start(): Promise<{ command: Command; pid: number }> {
  const folder = folderWith({ 'app.mjs': APP, long: '' })
  truncateSync(join(folder, 'long'), GIB)
  const command = await serving(
    ['app.mjs:application', '--bind', '127.0.0.1:0', '--limit-request-body', String(2 * GIB)],
    { cwd: folder },
  )
  expect((await ask(`${command.url}/`)).text).toBe('hello')
  return { command, pid: await command.worker(0) }
}

/** Octets in memory now, and the most there were since the last `forgetPeak`. */
function resident(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const octets = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
  return { now: octets('VmRSS'), most: octets('VmHWM') }
}

/** proc(5), "clear_refs": 5 sets the peak to what is resident now. */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** Reads an answer to its end, waiting after each MiB. @returns the octets that came. */
async function readSlowly(port: number, path: string): Promise<number> {
  const socket = net.connect(port, '127.0.0.1')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  let [received, rested] = [0, 0]
  for await (const octets of socket) {
    received += octets.length
    if (received - rested < MIB) continue
    rested = received
    await sleep(1)
  }
  return received
}

async function upload(port: number): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', (text) => {
    answer += text
  })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write('POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n')
  const chunk = Buffer.from(`${MIB.toString(16)}\r\n${'x'.repeat(MIB)}\r\n`)
  for (let sent = 0; sent < GIB; sent += MIB) {
    if (!socket.write(chunk)) await new Promise((resolve) => socket.once('drain', resolve))
  }
  socket.write('0\r\n\r\n')
  await closed
  return answer
}

describe.skipIf(process.platform !== 'linux')('a worker stays within 32 MiB above its idle memory', () => {
  it.each([
    ['of a file', '/file'],
    ['of what the application makes', '/made'],
  ])('over a download of 1 GiB %s, to a client that reads slowly', async (_what, path) => {
    const { command, pid } = await start()
    const idle = resident(pid).now
    forgetPeak(pid)
    expect(await readSlowly(command.port, path)).toBeGreaterThanOrEqual(GIB)
    expect((resident(pid).most - idle) / MIB).toBeLessThan(MOST / MIB)
  })

  it('over an upload of 1 GiB, to an application that reads slowly', async () => {
    const { command, pid } = await start()
    const idle = resident(pid).now
    forgetPeak(pid)
    expect(await upload(command.port)).toContain(String(GIB))
    expect((resident(pid).most - idle) / MIB).toBeLessThan(MOST / MIB)
  })
})
