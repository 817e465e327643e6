/** `examples/deploy/observability`: promtool reads the rules, a real Prometheus scrapes a server and answers every query. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, ROOT, serving } from '../support/command.ts'

endCommandsAfterEach()

const FOLDER = join(ROOT, 'examples/deploy/observability')
const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0
if (!hasPrometheus) console.warn('observability: the Debian package prometheus is missing; its tests are skipped')

const rules = readFileSync(join(FOLDER, 'alerts.yml'), 'utf8')
const dashboard: { panels: { targets: { expr: string }[] }[] } = JSON.parse(
  readFileSync(join(FOLDER, 'dashboard.json'), 'utf8'),
)
const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$instance', '.*')))

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function query(prometheus: string, text: string): Promise<{ value: [number, string] }[]> {
  const answer = await ask(`${prometheus}/api/v1/query?query=${encodeURIComponent(text)}`)
  expect([text, answer.status]).toEqual([text, 200])
  return JSON.parse(answer.text).data.result
}

describe.runIf(hasPrometheus)('Prometheus', () => {
  it('takes the rules and the configuration', () => {
    execFileSync('promtool', ['check', 'config', join(FOLDER, 'prometheus.yml')])
    expect(rules.match(/alert:/g)?.length).toBeGreaterThan(5)
  })

  it('scrapes a server: its counts are those of the requests, and every query of rules and dashboard has an answer', async () => {
    const cwd = folderWith({
      'app.ts': `export const application = (environ, startResponse) => {
        startResponse(environ.PATH_INFO === '/bad' ? '500 Internal Server Error' : '200 OK', [])
        return 'x'
      }`,
    })
    const words = ['app.ts', '--bind', '127.0.0.1:0', '--metrics', '127.0.0.1:0', '--control-socket', 'off']
    const command = await serving([...words, '--workers', '2'], { cwd })
    const [, target = ''] = await command.printed(/Metrics at http:\/\/(\S+)\/metrics/)
    for (let count = 0; count < 20; count++) await ask(`${command.url}/${count < 5 ? 'bad' : ''}`)
    const text = (await ask(`http://${target}/metrics`)).text
    execFileSync('promtool', ['check', 'metrics'], { input: text })

    const port = await freePort()
    const config = readFileSync(join(FOLDER, 'prometheus.yml'), 'utf8')
    writeFileSync(join(cwd, 'alerts.yml'), rules)
    writeFileSync(join(cwd, 'prometheus.yml'), config.replace('15s', '1s').replaceAll('127.0.0.1:9100', target))
    const flags = ['--config.file', 'prometheus.yml', '--storage.tsdb.path', 'data', '--log.level', 'error']
    const child = spawn('prometheus', [...flags, '--web.listen-address', `127.0.0.1:${port}`], { cwd, stdio: 'ignore' })
    onTestFinished(() => void child.kill('SIGKILL'))
    const prometheus = `http://127.0.0.1:${port}`
    const ready = async () => (await ask(`${prometheus}/-/ready`).catch(() => ({ status: 0 }))).status
    await expect.poll(ready, { timeout: 30_000 }).toBe(200)

    const total = async (status: string) =>
      Number((await query(prometheus, `sum(tsgi_requests_total{status="${status}"})`))[0]?.value[1])
    await expect.poll(() => total('200'), { timeout: 20_000 }).toBe(15)
    expect(await total('500')).toBe(5)
    const workers = await query(prometheus, 'tsgi_workers')
    expect(workers[0]?.value[1]).toBe('2')
    for (const each of queries) await query(prometheus, each)
    const loaded = JSON.parse((await ask(`${prometheus}/api/v1/rules`)).text)
    expect(loaded.data.groups[0].rules.map(({ health }: { health: string }) => health)).not.toContain('err')
  }, 90_000)
})
