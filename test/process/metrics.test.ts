/** `--metrics`: numbers of all workers together, and whether the service is well. */
import { describe, expect, it } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, serving } from '../support/command.ts'

endCommandsAfterEach()

const APP = `
export const application = (environ, startResponse) => {
  startResponse(environ.PATH_INFO === '/missing' ? '404 Not Found' : '200 OK', [])
  return '1234567890'
}`
const WORDS = ['app.ts', '--bind', '127.0.0.1:0', '--metrics', '127.0.0.1:0', '--workers', '2']

async function start() {
  const command = await serving(WORDS, { cwd: folderWith({ 'app.ts': APP }) })
  return { command, url: command.url, metrics: (await command.printed(/Metrics at (\S+)\/metrics/))[1] ?? '' }
}

/** The value of one series. */
async function value(metrics: string, series: string): Promise<number> {
  const { text } = await ask(`${metrics}/metrics`)
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
  return Number(line?.slice(series.length + 1))
}

describe('--metrics', () => {
  it('counts the requests of all workers, by status, time and size', async () => {
    const { url, metrics } = await start()
    await Promise.all(Array.from({ length: 30 }, () => ask(url)))
    await ask(`${url}/missing`)
    expect(await value(metrics, 'tsgi_requests_total{status="200"}')).toBe(30)
    expect(await value(metrics, 'tsgi_requests_total{status="404"}')).toBe(1)
    expect(await value(metrics, 'tsgi_request_duration_seconds_count')).toBe(31)
    expect(await value(metrics, 'tsgi_request_duration_seconds_bucket{le="+Inf"}')).toBe(31)
    expect(await value(metrics, 'tsgi_response_body_bytes_total')).toBe(310)
    expect(await value(metrics, 'tsgi_workers')).toBe(2)
  })

  it('never counts backwards: not over a reload, and only by what was not yet told over a crash', async () => {
    const { command, url, metrics } = await start()
    await Promise.all(Array.from({ length: 30 }, () => ask(url)))
    command.signal('SIGHUP')
    await command.printed(/has left/, 2)
    expect(await value(metrics, 'tsgi_requests_total{status="200"}')).toBe(30)
    expect(await value(metrics, 'tsgi_reloads_total')).toBe(1)
    process.kill(await command.worker(2), 'SIGKILL')
    await command.printed(/starting another/)
    expect(await value(metrics, 'tsgi_requests_total{status="200"}')).toBe(30)
    expect(await value(metrics, 'tsgi_worker_crashes_total')).toBe(1)
  })

  it.each([
    ['/-/health', 200, 'healthy\n'],
    ['/-/ready', 200, 'ready\n'],
    ['/elsewhere', 404, 'try /metrics, /-/health or /-/ready\n'],
  ])('answers %s with %d', async (path, status, text) => {
    const { metrics } = await start()
    expect(await ask(metrics + path)).toMatchObject({ status, text })
  })

  it('is text that Prometheus reads: every series has its help and its type', async () => {
    const { url, metrics } = await start()
    await ask(url)
    const { headers, text } = await ask(`${metrics}/metrics`)
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    for (const line of text.trim().split('\n')) {
      expect(line).toMatch(
        /^(# (HELP tsgi_\w+ .+|TYPE tsgi_\w+ (counter|gauge|histogram))|tsgi_\w+(\{\w+="[^"]*"\})? [\d.e+-]+)$/,
      )
    }
  })
})
