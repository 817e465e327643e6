/** What the master does about its workers: how many, how evenly, which are well. */
import net from 'node:net'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { ask, type Command, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const APP = `
function endless() {
  for (;;) Math.random()
}
const { writeSync } = await import('node:fs')
export const application = async (environ, startResponse) => {
  if (environ.PATH_INFO === '/spin') writeSync(2, 'spinning\\n'), endless()
  if (environ.PATH_INFO === '/work') for (const end = performance.now() + 450; performance.now() < end; ) Math.random()
  if (environ.PATH_INFO === '/handled') process.on('uncaughtException', () => {})
  if (environ.PATH_INFO === '/slow') writeSync(2, 'sleeping\\n'), await new Promise((resolve) => setTimeout(resolve, 1500))
  if (environ.PATH_INFO === '/crash') setTimeout(() => { throw new Error('far away') })
  if (environ.PATH_INFO === '/lost') return new Promise(() => setTimeout(() => { throw new Error('far away') }))
  if (environ.PATH_INFO === '/forgotten') return new Promise(() => void Promise.reject(new Error('left alone')))
  if (environ.PATH_INFO === '/grow') globalThis.kept = Buffer.alloc(1 << 28, 1)
  if (environ.PATH_INFO === '/log') environ['wsgi.errors'].write('said by the application\\n')
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return 'pid=' + process.pid
}`
const FREE = ['--bind', '127.0.0.1:0']
const start = (...words: string[]) => serving(['app.ts', ...FREE, ...words], { cwd: folderWith({ 'app.ts': APP }) })

describe('200 connections that are open at once', () => {
  it.each(['opened together', 'opened one after the other'])('%s are spread evenly over 4 workers', async (how) => {
    const command = await start('--workers', '4')
    const sockets: net.Socket[] = []
    const counts = new Map<string, number>()
    const open = async () => {
      const worker = await pidOf(command.port, sockets)
      counts.set(worker, (counts.get(worker) ?? 0) + 1)
    }
    if (how === 'opened together') await Promise.all(Array.from({ length: 200 }, open))
    else for (let count = 0; count < 200; count++) await open()
    for (const socket of sockets) socket.destroy()

    const sizes = [...counts.values()].sort((a, b) => a - b)
    expect(sizes).toHaveLength(4)
    expect(sizes.at(-1)).toBeLessThanOrEqual(2 * (sizes[0] ?? 0))
  })
})

/** Opens a connection that stays open; resolves with the id of the worker that answers on it. */
function pidOf(port: number, sockets: net.Socket[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
    let text = ''
    sockets.push(socket)
    socket.once('error', reject)
    socket.on('data', (octets) => {
      text += octets
      const pid = /pid=(\d+)/.exec(text)?.[1]
      if (pid !== undefined) resolve(pid)
    })
  })
}

describe('a worker that hangs', () => {
  it('is reported with function, file, line and request, and replaced, while the other serves on (M-02)', async () => {
    const command = await start('--workers', '2', '--timeout', '1')
    const hung = ask(`${command.url}/spin?why="`).catch((error: Error) => error.message)
    await command.printed(/spinning/) // from now on it accepts nothing; what it had accepted before would be lost with it
    for (let request = 0; request < 20; request++) expect((await ask(command.url)).status).toBe(200)
    expect(await hung).toMatch(/socket hang up|ECONNRESET/)
    await command.printed(/is ready/, 3)
    expect(command.stderr).toMatch(
      /stood still for \d\.\d s; killing this worker\. It hung\n {4}at endless \(\/\S+app\.ts:3:\d+\)\n {4}at \S+ \(\S+app\.ts:7:/,
    )
    expect(command.stderr).toMatch(/Requests in flight:\n {4}GET \/spin\?why=%22 \[id=[\da-f-]{36}\]\n/)
    expect((await ask(command.url)).status).toBe(200)
  })

  it('is not taken for one that works: requests that end in one poll keep it alive (security.md 4)', async () => {
    const command = await start('--timeout', '1')
    // Sent on open connections while the first one keeps the loop: all arrive in one poll, and no timer runs between.
    const sockets = await Promise.all(Array.from({ length: 8 }, () => connected(command.port)))
    for (const socket of sockets) socket.write('GET /work HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    const responses = await Promise.all(sockets.map((socket) => new Response(Readable.toWeb(socket)).text()))
    expect(responses.map((text) => text.split('\r\n', 1)[0])).toEqual(responses.map(() => 'HTTP/1.1 200 OK'))
    expect(command.stderr).not.toMatch(/stood still|has not been heard of/)
  })

  it('is replaced also when it stands still as a whole', async () => {
    const command = await start('--workers', '2', '--timeout', '1')
    process.kill(await command.worker(0), 'SIGSTOP')
    await command.printed(/has not been heard of/)
    await command.printed(/is ready/, 3)
    expect((await ask(command.url)).status).toBe(200)
  })

  it('that ignores to leave is killed after the grace', async () => {
    const command = await start('--graceful-timeout', '0.5', '--timeout', 'off')
    const hung = ask(`${command.url}/spin`).catch((error: Error) => error.message)
    await busy(command)
    command.signal('SIGTERM')
    expect((await command.exit()).code).toBe(0)
    expect(command.stderr).toMatch(/did not leave in time; killing it/)
    expect(await hung).toMatch(/socket hang up|ECONNRESET/)
  })
})

async function connected(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}

describe('a worker that swallows SIGTERM', () => {
  it('leaves all the same: the master does not tell it by signals', async () => {
    const swallower =
      "process.removeAllListeners('SIGTERM')\nprocess.on('SIGTERM', () => {})\nsetInterval(() => {}, 1000)\n"
    const command = await serving(['app.ts', ...FREE], { cwd: folderWith({ 'app.ts': swallower + APP }) })
    command.signal('SIGHUP')
    await command.printed(/has left/)
    command.signal('SIGTERM')
    expect(await command.exit()).toEqual({ code: 0, signal: null })
    expect(command.stderr).not.toContain('did not leave in time')
  })
})

describe('a worker that is told to leave while it loads the application', () => {
  it('does not load on', async () => {
    const app = `import { writeSync } from 'node:fs'
writeSync(2, 'loading\\n')
await new Promise((resolve) => setTimeout(resolve, 86_400_000))`
    const command = tsgi(['serve', 'app.ts', ...FREE], { cwd: folderWith({ 'app.ts': app }) })
    await command.printed(/loading/)
    command.signal('SIGTERM')
    expect(await command.exit()).toEqual({ code: 0, signal: null })
    expect(command.stderr).not.toContain('did not leave in time')
  })
})

/** Resolves when the only worker no longer answers. */
async function busy(command: Command): Promise<void> {
  for (;;) {
    const outcome = await ask(command.url, { timeout: 200, signal: AbortSignal.timeout(200) }).catch(() => 'silent')
    if (outcome === 'silent') return
  }
}

describe('the number of workers', () => {
  it('follows TTIN and TTOU, and never falls below one', async () => {
    const command = await start()
    command.signal('SIGTTIN')
    await command.printed(/is ready/, 2)
    command.signal('SIGTTOU')
    await command.printed(/has left/)
    command.signal('SIGTTOU')
    await command.printed(/1 worker wanted/, 2)
    expect((await ask(command.url)).status).toBe(200)
  })
})

describe('a worker that is not well', () => {
  it('is replaced after an uncaught exception, and the reason is in the log (M-08)', async () => {
    const command = await start()
    expect((await ask(`${command.url}/crash`)).status).toBe(200)
    await command.printed(/uncaughtException: Error: far away/)
    await command.printed(/is replaced: uncaughtException in the application/)
    await command.printed(/has left/)
    expect((await ask(command.url)).text).toBe(`pid=${command.workers[1]}`)
  })

  it.each([
    ['an uncaught exception', '/lost', /uncaughtException: Error: far away/],
    ['an unhandled rejection', '/forgotten', /unhandledRejection: Error: left alone/],
  ])('answers 500 to the request of %s (M-08)', async (_, path, message) => {
    const command = await start()
    expect(await ask(`${command.url}${path}`)).toMatchObject({ status: 500, text: 'Internal Server Error\n' })
    await command.printed(message)
    await command.printed(
      new RegExp(`answered 500 to GET ${path} \\[id=[\\da-f-]{36}\\]: the error may have come from there`),
    )
    await command.printed(/has left/)
    expect((await ask(command.url)).text).toBe(`pid=${command.workers[1]}`)
  })

  it('gives no 500 to a request beside one that has ended and left an error behind (security.md 7c)', async () => {
    const command = await start()
    const innocent = ask(`${command.url}/slow`)
    await command.printed(/sleeping/)
    expect((await ask(`${command.url}/crash`)).status).toBe(200)
    await command.printed(/is replaced: uncaughtException in the application/)
    expect((await innocent).status).toBe(200)
    expect(command.stderr).not.toContain('answered 500')
  })

  it('is not replaced when the application listens to uncaughtException itself (server.md A16)', async () => {
    const command = await start()
    await ask(`${command.url}/handled`)
    const innocent = ask(`${command.url}/slow`)
    await command.printed(/sleeping/)
    await ask(`${command.url}/crash`)
    await command.printed(/uncaughtException, left to the application's own listener: Error: far away/)
    expect(await innocent).toMatchObject({ status: 200, text: `pid=${command.workers[0]}` })
    expect((await ask(command.url)).text).toBe(`pid=${command.workers[0]}`)
    expect(command.stderr).not.toContain('is replaced')
  })

  it('is replaced when it uses more than --max-memory', async () => {
    const command = await start('--max-memory', '220m')
    await ask(`${command.url}/grow`)
    await command.printed(/is replaced: it uses \d+ MiB of memory/)
    await command.printed(/has left/)
    expect((await ask(command.url)).text).toBe(`pid=${command.workers[1]}`)
  })

  it('is replaced when it gets SIGTERM itself', async () => {
    const command = await start()
    process.kill(await command.worker(0), 'SIGTERM')
    await command.printed(/is replaced: SIGTERM/)
    await command.printed(/has left/)
    expect((await ask(command.url)).status).toBe(200)
  })

  it('that keeps dying is started more and more slowly, which is said (M-01)', async () => {
    const command = await start()
    for (let death = 1; death <= 3; death++) {
      process.kill(await command.worker(death - 1), 'SIGKILL')
    }
    await command.printed(/2 in a row; starting another in 0\.25 s/)
    await command.printed(/3 in a row; starting another in 0\.5 s/)
    await command.printed(/is ready/, 4)
    expect((await ask(command.url)).status).toBe(200)
  })
})

describe('wsgi.errors', () => {
  it('goes to the error log', async () => {
    const command = await start()
    await ask(`${command.url}/log`)
    await command.printed(/said by the application/)
  })
})
