/** The suite finds faults: each is planted in a copy of the gateways, and its row must be red there. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runConformance } from '@tsgi/conformance'
import { afterEach, expect, it } from 'vitest'
import { ROOT } from '../support/command.ts'
import { PLANTED_FAULTS, type PlantedFault } from './planted-faults.ts'

const SOURCES = join(ROOT, 'packages/gateways/src')
const SERVER = join(import.meta.dirname, 'faulty-server.ts')

let folder: string | undefined
let server: ChildProcess | undefined

afterEach(() => {
  server?.kill('SIGKILL')
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

/** Starts a server on a copy of the sources. @returns its URL, and what it logs. */
async function start(fault?: PlantedFault): Promise<{ readonly url: string; readonly log: () => string }> {
  folder = mkdtempSync(join(tmpdir(), 'tsgi-planted-'))
  cpSync(SOURCES, folder, { recursive: true })
  if (fault !== undefined) {
    const path = join(folder, fault.file)
    const text = readFileSync(path, 'utf8')
    expect(text, `${fault.file} has no ${fault.from}`).toContain(fault.from)
    writeFileSync(
      path,
      text.replaceAll(fault.from, () => fault.to),
    )
  }
  let log = ''
  server = spawn(process.execPath, [SERVER, folder], { stdio: ['ignore', 'pipe', 'pipe'] })
  server.stderr?.on('data', (text) => {
    log += text
  })
  const [port] = await once(server.stdout ?? server, 'data')
  return { url: `http://127.0.0.1:${String(port).trim()}`, log: () => log }
}

async function outcomes(rows: readonly string[], fault?: PlantedFault): Promise<Readonly<Record<string, string>>> {
  const { results } = await runConformance(
    { ...(await start(fault)), rowTimeoutMs: 5000 },
    { only: new Set(rows), concurrency: 2 },
  )
  return Object.fromEntries(results.map(({ id, outcome }) => [id, outcome.kind]))
}

it('are at least forty', () => {
  expect(PLANTED_FAULTS.length).toBeGreaterThanOrEqual(40)
})

it('pass without a fault', async () => {
  const rows = [...new Set(PLANTED_FAULTS.map(({ row }) => row))]
  expect(await outcomes(rows)).toEqual(Object.fromEntries(rows.map((row) => [row, 'passed'])))
})

/** All of them take two minutes on two cores: `pnpm conformance` plants every one, the daily tests every fifth. */
const planted = process.env.TSGI_CONFORMANCE === 'all' ? PLANTED_FAULTS : PLANTED_FAULTS.filter((_, i) => i % 5 === 0)

it.each(planted)('$row finds: $what', async (fault) => {
  expect(await outcomes([fault.row], fault)).toEqual({ [fault.row]: 'failed' })
})
