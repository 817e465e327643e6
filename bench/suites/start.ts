/** The built package, as it is installed: from the start of the process to its first answer, and what it then holds in memory. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packPackages } from '../../test/support/packed-packages.ts'
import { nodeHttp, onNode } from '../contenders/peers.ts'
import { type Contender, Running } from '../harness/contender.ts'
import { type Report, table } from '../harness/report.ts'
import type { Plan } from '../harness/rounds.ts'
import { median, ratioOf } from '../harness/statistics.ts'

export async function start(plan: Plan): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-built-'))
  try {
    const peers = [install(folder), nodeHttp('hello/node-http.mjs'), onNode('fastify', 'hello/fastify.mjs')]
    const times = peers.map((): number[] => [])
    const memory = peers.map((): number[] => [])
    for (let round = 0; round < 2 * plan.rounds + 2; round++) {
      for (const [i, peer] of peers.entries()) {
        const before = performance.now()
        const one = await Running.start(peer, 'all')
        // The first start fills the caches of compiled modules.
        if (round > 0) times[i]?.push(performance.now() - before)
        if (round > 0) memory[i]?.push(one.sharedMemory / 2 ** 20)
        await one.stop()
      }
    }
    const rows = peers.map(({ name }, i) => [
      name,
      median(times[i] ?? []).toFixed(0),
      median(memory[i] ?? []).toFixed(0),
    ])
    return {
      blocks: [table('Start to the first answer, and memory then', ['', 'milliseconds', 'PSS, MiB'], rows)],
      targets: [
        {
          what: 'start to first answer, built, node:http',
          sense: '≤',
          bound: 1.5,
          measured: ratioOf(times[0] ?? [], times[1] ?? []),
        },
        { what: 'PSS of master and worker, MiB', sense: '≤', bound: 80, measured: median(memory[0] ?? []) },
      ],
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The packed packages, unpacked where an installer would put them. The server needs nothing else. */
function install(folder: string): Contender {
  const modules = join(folder, 'node_modules')
  for (const { name, tarball } of packPackages()) {
    mkdirSync(join(modules, name), { recursive: true })
    execFileSync('tar', ['xzf', tarball, '--strip-components', '1', '-C', join(modules, name)])
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'app.js'), APPLICATION)
  return {
    name: 'tsgi serve, built',
    version: 'this',
    command: ({ port }) => [
      process.execPath,
      join(modules, '@tsgi/server/bin/tsgi.js'),
      'serve',
      join(folder, 'app.js:application'),
      '--bind',
      `127.0.0.1:${port}`,
      '--control-socket',
      'off',
    ],
  }
}

const APPLICATION = `export function application(environ, startResponse) {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return 'Hello, world!'
}
`
