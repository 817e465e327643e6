/** `tsgi inspect|profile|heap WORKER` against a server under load: the files are whole, and no request is lost. */
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, type Command, endCommandsAfterEach, folderWith, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const APPLICATION = `
const secretName = 'a name that only this heap holds'
export const kept = [secretName]
function busyApplicationWork(until: number): number {
  let sum = 0
  while (performance.now() < until) sum += Math.sqrt(sum + 1)
  return sum
}
export const application = (environ, startResponse) => {
  busyApplicationWork(performance.now() + (environ.PATH_INFO === '/hang' ? 60_000 : 2))
  startResponse('200 OK', [['X-Worker', String(process.pid)]])
  return 'ok'
}`
const FREE = ['--bind', '127.0.0.1:0']

/** Asks without a pause until it is ended; @returns how many answers were not 200. */
function load(server: Command): () => Promise<{ asked: number; lost: number }> {
  let isOver = false
  const counts = { asked: 0, lost: 0 }
  const client = async () => {
    while (!isOver) {
      counts.asked++
      const status = await ask(server.url).then(
        (answer) => answer.status,
        () => 0,
      )
      if (status !== 200) counts.lost++
    }
  }
  const clients = [client(), client(), client()]
  return async () => {
    isOver = true
    await Promise.all(clients)
    return counts
  }
}

async function server(words: readonly string[] = []): Promise<{ cwd: string; command: Command; pid: number }> {
  const cwd = folderWith({ 'app.ts': APPLICATION })
  const command = await serving(['app.ts', ...FREE, ...words], { cwd })
  return { cwd, command, pid: await command.worker(0) }
}

const written = (cwd: string) => readdirSync(cwd).filter((name) => name.startsWith('worker-'))

describe('tsgi profile', () => {
  it('writes a profile that names a function of the application, under load', async () => {
    const { cwd, command, pid } = await server()
    const end = load(command)
    const profile = tsgi(['profile', String(pid), '--seconds', '0.6'], { cwd })
    expect(await profile.exit()).toEqual({ code: 0, signal: null })
    const counts = await end()
    expect(counts.lost).toBe(0)
    expect(counts.asked).toBeGreaterThan(20)
    const [name = ''] = written(cwd)
    expect(name).toMatch(new RegExp(`^worker-${pid}-\\d{8}T\\d{6}Z\\.cpuprofile$`))
    expect(profile.stdout).toMatch(new RegExp(`${name}: 0\\.\\d s of worker ${pid}, \\d+ KiB\\n$`))
    expect(statSync(join(cwd, name)).mode & 0o777).toBe(0o600)
    const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(cwd, name), 'utf8'))
    expect(samples).toHaveLength(timeDeltas.length)
    const found = nodes.find((node: { callFrame: { functionName: string } }) =>
      node.callFrame.functionName.includes('busyApplicationWork'),
    )
    expect(found.callFrame.url).toContain('app.ts')
  })

  it('takes the number of a worker, and a file of a name, which must not exist', async () => {
    const { cwd } = await server()
    writeFileSync(join(cwd, 'taken'), 'mine')
    symlinkSync(join(cwd, 'nowhere'), join(cwd, 'link'))
    for (const name of ['taken', 'link']) {
      const refused = tsgi(['profile', '1', '--seconds', '0.2', '-o', name], { cwd })
      expect((await refused.exit()).code).toBe(2)
      expect(refused.stderr).toBe(`tsgi: cannot write ${join(cwd, name)}: it exists; --output names another file\n`)
    }
    expect(readFileSync(join(cwd, 'taken'), 'utf8')).toBe('mine')
    expect((await tsgi(['profile', '1', '--seconds', '0.2', '-o', 'new'], { cwd }).exit()).code).toBe(0)
    expect(JSON.parse(readFileSync(join(cwd, 'new'), 'utf8')).nodes).not.toHaveLength(0)
  })

  it('ends early, and whole, when the worker leaves', async () => {
    const { cwd, command, pid } = await server()
    const profile = tsgi(['profile', String(pid), '--seconds', '60', '-o', 'early'], { cwd })
    await command.printed(/tsgi profile: worker/)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect((await tsgi(['reload'], { cwd }).exit()).code).toBe(0)
    expect((await profile.exit()).code).toBe(0)
    expect(JSON.parse(readFileSync(join(cwd, 'early'), 'utf8')).nodes).not.toHaveLength(0)
  })

  it('leaves no file, and one line, when the worker is killed', async () => {
    const { cwd, command, pid } = await server()
    const profile = tsgi(['profile', String(pid), '--seconds', '60'], { cwd })
    await command.printed(/tsgi profile: worker/)
    await new Promise((resolve) => setTimeout(resolve, 200))
    process.kill(pid, 'SIGKILL')
    expect((await profile.exit()).code).toBe(1)
    expect(profile.stderr).toBe(`worker ${pid} ended before it was done; the error log of the server says why\n`)
    expect(written(cwd)).toEqual([])
  })

  it('leaves no file when it is interrupted, and the worker takes the next order', async () => {
    const { cwd, command, pid } = await server()
    const first = tsgi(['profile', String(pid), '--seconds', '60'], { cwd })
    await command.printed(/tsgi profile: worker/)
    const second = tsgi(['heap', String(pid)], { cwd })
    expect((await second.exit()).code).toBe(1)
    expect(second.stderr).toBe(`worker ${pid} is busy with a profile\n`)
    first.signal('SIGINT')
    expect((await first.exit()).code).toBe(130)
    expect(written(cwd)).toEqual([])
    await expect.poll(async () => (await tsgi(['profile', '1', '--seconds', '0.1'], { cwd }).exit()).code).toBe(0)
  })

  it('says which disk is full', async () => {
    const { cwd } = await server()
    const full = tsgi(['profile', '1', '--seconds', '0.1', '-o', '/dev/full'], { cwd })
    expect((await full.exit()).code).toBe(2)
    expect(full.stderr).toMatch(/^tsgi: cannot write \/dev\/full: .+\n$/)
  })
})

describe('tsgi heap', () => {
  it('writes the heap, and nothing ends the worker that stands still for it', async () => {
    const { cwd, command, pid } = await server(['--timeout', '1', '--workers', '2'])
    const end = load(command)
    const heap = tsgi(['heap', String(pid), '--output', 'heap'], { cwd })
    expect(await heap.exit()).toEqual({ code: 0, signal: null })
    expect((await end()).lost).toBe(0)
    expect(heap.stdout).toMatch(/^heap: the heap of worker \d+, which stood still for \d+\.\d s, [\d.]+ MiB\n$/)
    expect(statSync(join(cwd, 'heap')).mode & 0o777).toBe(0o600)
    const { snapshot, strings } = JSON.parse(readFileSync(join(cwd, 'heap'), 'utf8'))
    expect(snapshot.node_count).toBeGreaterThan(1000)
    expect(strings).toContain('a name that only this heap holds')
    expect(command.output).not.toMatch(/stood still|not been heard of|crash/)
  })
})

describe('tsgi inspect', () => {
  it('opens the inspector of one worker on loopback, once, and closes it', async () => {
    const { cwd, command, pid } = await server(['--timeout', '1'])
    const open = tsgi(['inspect', String(pid)], { cwd })
    expect((await open.exit()).code).toBe(0)
    const [, host = ''] = /listens at (127\.0\.0\.1:\d+):/.exec(open.stdout) ?? []
    const list = JSON.parse((await ask(`http://${host}/json`)).text)
    expect(open.stdout).toContain(list[0].webSocketDebuggerUrl)

    const again = tsgi(['inspect', '1'], { cwd })
    expect((await again.exit()).code).toBe(0)
    expect(again.stdout).toContain(`is open already, at ws://${host}/`)

    await breakFor(list[0].webSocketDebuggerUrl, 2_500)
    expect((await ask(command.url)).headers['x-worker']).toBe(String(pid))
    expect(command.output).not.toMatch(/stood still|not been heard of/)

    expect((await tsgi(['inspect', String(pid), '--close'], { cwd }).exit()).code).toBe(0)
    await expect(ask(`http://${host}/json`)).rejects.toThrow('ECONNREFUSED')
    void ask(`${command.url}/hang`).catch(() => undefined)
    await command.printed(/the event loop stood still for 1\.\d s; killing this worker/)
  })
})

describe('the worker of an order', () => {
  it.each([
    ['99999999', /^there is no worker 99999999; there are: 1 \(pid \d+\), 2 \(pid \d+\)\n$/, 1],
    ['nine', /^tsgi: "nine" is neither a process id nor a number of a worker; tsgi status shows them\n$/, 2],
    ['0', /^tsgi: "0" is neither/, 2],
  ])('may not be %s', async (name, line, code) => {
    const { cwd, command } = await server(['--workers', '2'])
    await command.worker(1)
    for (const kind of ['inspect', 'profile', 'heap']) {
      const refused = tsgi([kind, name], { cwd })
      expect((await refused.exit()).code).toBe(code)
      expect(refused.stderr).toMatch(line)
    }
    expect(written(cwd)).toEqual([])
  })

  it.each([
    '{"order":"examine"}',
    '{"order":"examine","worker":1}',
    '{"order":"examine","worker":"1","examination":{"kind":"heap"}}',
    '{"order":"examine","worker":1,"examination":{"kind":"profile","seconds":1e9}}',
    '{"order":"examine","worker":1,"examination":{"kind":"core"}}',
  ])('is not given %s', async (line) => {
    const { cwd } = await server(['--control-socket', 'tsgi.ctl'])
    const reply = await new Promise<string>((resolve) => {
      const socket = net.connect(join(cwd, 'tsgi.ctl'), () => socket.write(`${line}\n`))
      socket.on('data', (bytes) => resolve(String(bytes)))
    })
    expect(JSON.parse(reply)).toEqual({ ok: false, text: 'this server does not know that order' })
  })

  it('may run as another user', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('needs root')
    const cwd = folderWith({ 'app.ts': APPLICATION })
    chmodSync(cwd, 0o755)
    const command = await serving(['app.ts', ...FREE, '--user', 'nobody'], { cwd })
    const pid = await command.worker(0)
    expect((await tsgi(['heap', String(pid), '-o', 'heap'], { cwd }).exit()).code).toBe(0)
    expect(statSync(join(cwd, 'heap'))).toMatchObject({ uid: 0, mode: 0o100600 })
  })
})

/** Stops the program in the debugger, as a breakpoint does, and lets it run again. */
function breakFor(url: string, time: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    const post = (id: number, method: string) => socket.send(JSON.stringify({ id, method }))
    socket.onerror = () => reject(new Error('the debugger cannot connect'))
    socket.onopen = () => {
      post(1, 'Debugger.enable')
      // In the next code that runs, not in that of a message: Node 26 may not hear the resume of a pause inside of a message.
      post(2, 'Debugger.pause')
    }
    socket.onmessage = ({ data }) => {
      if (String(data).includes('Debugger.paused')) setTimeout(() => post(3, 'Debugger.resume'), time)
      if (!String(data).includes('Debugger.resumed')) return
      socket.close()
      resolve()
    }
  })
}
