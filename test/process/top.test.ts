/** `tsgi top` against a server that runs: once, in rows, and on a real terminal, which is as before when it ends. */
import { expect, it } from 'vitest'
import { ask, COMMAND, endCommandsAfterEach, folderWith, program, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const APP = `
export const application = (environ, startResponse) => {
  startResponse(environ.PATH_INFO === '/bad' ? '500 Internal Server Error' : '200 OK', [])
  return 'x'
}`

async function server(words: readonly string[] = []) {
  const cwd = folderWith({ 'app.ts': APP })
  const command = await serving(['app.ts', '--bind', '127.0.0.1:0', ...words], { cwd })
  return { cwd, command, pid: await command.worker(0) }
}

it('prints one table, with times and errors of the last interval', async () => {
  const { cwd, command, pid } = await server(['--metrics', '127.0.0.1:0'])
  const top = tsgi(['top', '--once', '--interval', '1.5'], { cwd })
  let isOver = false
  const load = (async () => {
    while (!isOver) await Promise.all([ask(command.url), ask(`${command.url}/bad`)])
  })()
  expect((await top.exit()).code).toBe(0)
  isOver = true
  await load
  const [first, second, third = '', head, row, ...more] = top.stdout.trim().split('\n')
  expect(first).toBe(`app.ts at ${command.url}`)
  expect(second).toMatch(/^1 workers, 0 crashes, 0 reloads, \d+ connections, \d+ in flight$/)
  const [, requests, errors] =
    /^([\d.]+) requests\/s, p50 [\d.]+ ms, p99 [\d.]+ m?s, ([\d.]+) errors\/s$/.exec(third) ?? []
  expect(Number(errors)).toBeGreaterThan(1)
  expect(Math.abs(Number(requests) / Number(errors) - 2)).toBeLessThan(0.5)
  expect(head).toMatch(/^worker +number +state +requests\/s +in flight +connections +memory +lag$/)
  expect(row).toMatch(new RegExp(`^${pid} +1 +ready +`))
  expect(more).toEqual([])
})

it('prints rows where it is piped, until its reader leaves or the server has gone', async () => {
  const { cwd, command, pid } = await server()
  const top = tsgi(['top', '--interval', '0.2'], { cwd })
  await top.printed(new RegExp(`T\\d\\d:\\d\\d:\\d\\d  ${pid} +1 +ready`), 2)
  expect(top.stdout.match(/^time/gm)).toHaveLength(1)
  expect(top.stdout).not.toContain('\x1b')
  command.signal('SIGTERM')
  expect((await top.exit()).code).toBe(2)
  expect(top.stderr).toMatch(/^tsgi: no server answers at \S+; --control-socket says where another one is\n$/)
})

it.each([
  ['q', '0'],
  ['\x03', '1'],
])('draws a screen on a terminal of 40 columns, and leaves it as it was after %j', async (key, noColor) => {
  const { cwd } = await server()
  const words = ['python3', '-c', TERMINAL, key, process.execPath, COMMAND, 'top', '--interval', '0.2']
  const terminal = program(words, { cwd, env: noColor === '1' ? { NO_COLOR: '1' } : {} })
  expect((await terminal.exit()).code).toBe(0)
  const screen = terminal.stdout
  expect(screen.startsWith('\x1b[?1049h\x1b[?25l')).toBe(true)
  expect(screen).toMatch(/\x1b\[\?25h\x1b\[\?1049l\nechoes: True\n$/)
  expect(screen.includes('\x1b[1m')).toBe(noColor !== '1')
  for (const line of screen.split('\r\n'))
    expect(line.replace(/\x1b\[[?\d]*[a-zA-Z]/g, '').length).toBeLessThanOrEqual(40)
})

/** Runs a program on a terminal of its own, presses a key once it has drawn, and says whether the terminal echoes afterwards. */
const TERMINAL = `
import fcntl, os, pty, struct, sys, termios
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 12, 40, 0, 0))
attributes = termios.tcgetattr(slave)
attributes[1] &= ~termios.OPOST
termios.tcsetattr(slave, termios.TCSANOW, attributes)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2): os.dup2(slave, descriptor)
    os.execv(sys.argv[2], sys.argv[2:])
seen = b''
pressed = False
while b'1049l' not in seen:
    seen += os.read(master, 65536)
    if not pressed and b'worker' in seen:
        pressed = True
        os.write(master, sys.argv[1].encode())
_, status = os.waitpid(child, 0)
sys.stdout.write(seen.decode())
print('\\nechoes:', bool(termios.tcgetattr(slave)[3] & termios.ECHO))
sys.exit(os.waitstatus_to_exitcode(status))
`

it.each([
  [['top', '--interval', '0'], 'tsgi: --interval 0: say a number from 0.1 to 3600\n'],
  [['top', 'all'], 'tsgi: usage: tsgi top [--once] [--interval SECONDS]\n'],
])('refuses %j', async (words, line) => {
  const top = tsgi(words, { cwd: folderWith() })
  expect((await top.exit()).code).toBe(2)
  expect(top.stderr).toBe(line)
})
