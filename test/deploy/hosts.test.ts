/**
 * Three hosts of two workers behind the recipes of `examples/deploy` for many hosts: reloaded, killed, stopped for good and
 * frozen under load, no idempotent request fails. A host is a loopback address; a frozen one is stopped by SIGSTOP: its
 * kernel takes connections and nothing answers, as behind a cut cable.
 */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { load } from '../process/load.ts'
import { ask, type Command, endCommandsAfterEach, ROOT, serving } from '../support/command.ts'
import {
  Front,
  haproxyCommand,
  hasProgram,
  nginxCommand,
  ownAddress,
  type Place,
  recipe,
  temporaryFolder,
} from '../support/front.ts'

endCommandsAfterEach()

/** With fixed ports: addresses are their own. */
class Host {
  readonly address = ownAddress()
  #command: Command | undefined

  async start(): Promise<void> {
    const where = ['--bind', `${this.address}:8000`, '--metrics', `${this.address}:9100`, '--control-socket', 'off']
    const words = ['--workers', '2', '--forwarded-allow-ips', '127.0.0.1', '--keep-alive', '75', '--drain-delay', '1.5']
    this.#command = await serving([join(ROOT, 'test/deploy/application.ts:application'), ...where, ...words])
    await this.#command.worker(1)
  }

  get command(): Command {
    if (this.#command === undefined) throw new Error('the host is not started')
    return this.#command
  }

  /** Master and workers, as far as they live. */
  signal(signal: NodeJS.Signals): void {
    for (const pid of [this.command.child.pid ?? 0, ...this.command.workers]) {
      // A pid that has been given to another process is not ours any more.
      if (pid > 0 && isOurs(pid)) process.kill(pid, signal)
    }
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.command.exit()
  }
}

function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('tsgi')
  } catch {
    return false
  }
}

const ADDRESSES = ['10.0.0.2', '10.0.0.3', '10.0.0.4'] as const

const BALANCERS: readonly (readonly [string, (place: Place, hosts: readonly Host[]) => string[]])[] = [
  [
    'nginx',
    (place, hosts) =>
      nginxCommand(
        place,
        recipe('nginx/hosts.conf', {
          'listen 80': `listen ${place.address}:${place.httpPort}`,
          'server_name shop.example': `server_name ${place.address}`,
          'proxy_read_timeout 10s': 'proxy_read_timeout 1s',
          ...serversOf(hosts, (address) => `server ${address}:8000`),
        }),
      ),
  ],
  [
    'haproxy',
    (place, hosts) =>
      haproxyCommand(
        place,
        recipe('haproxy/hosts.cfg', {
          'bind :80': `bind ${place.address}:${place.httpPort}`,
          'timeout server 10s': 'timeout server 1s',
          ...serversOf(hosts, (address) => `${address}:8000\n`),
        }),
      ),
  ],
]

function serversOf(hosts: readonly Host[], line: (address: string) => string): Record<string, string> {
  return Object.fromEntries(ADDRESSES.map((address, index) => [line(address), line(hosts[index]?.address ?? '')]))
}

describe.each(BALANCERS)('three hosts behind %s', (program, command) => {
  const missing = !hasProgram(program)
  let hosts: Host[] = []
  let front: Front | undefined
  afterEach(async () => {
    for (const host of hosts) host.signal('SIGKILL')
    await front?.stop()
    if (front !== undefined) rmSync(front.place.folder, { recursive: true, force: true })
  })

  const title = missing
    ? `needs ${program}, which is not installed`
    : 'fail no idempotent request while hosts come and go'
  it.skipIf(missing)(title, { timeout: 180_000 }, async () => {
    hosts = ADDRESSES.map(() => new Host())
    for (const host of hosts) await host.start()
    const [reloaded, killed, stopped] = hosts
    if (reloaded === undefined || killed === undefined || stopped === undefined) throw new Error('three hosts')
    const [folder, address] = [temporaryFolder(), ownAddress()]
    const place: Place = { folder, address, httpPort: 8080, httpsPort: 0, cert: '', key: '', both: '' }
    front = await Front.start(place, command(place, hosts), [8080])
    const url = `http://${address}:8080/who`
    while ((await ask(url)).status !== 200) await wait(50)

    const clients = load(url, 4, 4)
    const progress = () => clients.reached(clients.answered + 300)
    await progress()
    reloaded.command.signal('SIGHUP')
    await progress()
    await killed.kill()
    await progress()
    await killed.start()
    stopped.command.signal('SIGTERM')
    await stopped.command.exit()
    await progress()
    await stopped.start()
    reloaded.signal('SIGSTOP')
    await wait(3000)
    await progress()
    reloaded.signal('SIGCONT')
    await progress()
    const { answered, failures } = await clients.stop()
    expect(failures).toEqual([])
    expect(answered).toBeGreaterThan(1800)
  })
})
