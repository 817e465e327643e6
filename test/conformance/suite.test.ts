/** `@tsgi/conformance` on the servers of this workspace, row by row; the rows and the command are looked at too. */
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CAPABILITIES, conformance, rows, runConformance } from '@tsgi/conformance'
import { describe, expect, it, onTestFinished } from 'vitest'
import { folderWith, ROOT } from '../support/command.ts'
import { type OpenTarget, openHttp2, openNodeHttp, openNodeHttp2, openServer } from './targets.ts'

const COMMAND = join(ROOT, 'packages/conformance/bin/tsgi-conformance.js')

async function open(opened: Promise<OpenTarget>): Promise<OpenTarget> {
  const one = await opened
  onTestFinished(() => one.close())
  return one
}

/** Red rows, as text. */
async function redRows({ target }: OpenTarget): Promise<readonly string[]> {
  const { results } = await runConformance(target)
  return results.flatMap(({ id, outcome }) =>
    outcome.kind === 'failed' ? [`${id}: ${outcome.message}`] : outcome.kind === 'unneeded' ? [`${id}: passes`] : [],
  )
}

describe('the suite is green on', () => {
  it('our server over TCP', async () => {
    expect(await redRows(await open(openServer('127.0.0.1:0')))).toEqual([])
  })

  it('our server over a unix socket', async () => {
    expect(await redRows(await open(openServer('unix:FOLDER/app.sock')))).toEqual([])
  })

  it('our server over TLS', async () => {
    const folder = folderWith()
    const [keyfile, certfile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    execFileSync('openssl', [...words, '-subj', '/CN=localhost', '-keyout', keyfile, '-out', certfile], {
      stdio: 'pipe',
    })
    expect(await redRows(await open(openServer('127.0.0.1:0', { keyfile, certfile })))).toEqual([])
  })

  it('our server over HTTP/2, in clear text', async () => {
    expect(await redRows(await open(openHttp2()))).toEqual([])
  })

  it('node:http by toNodeListener', async () => {
    expect(await redRows(await open(openNodeHttp()))).toEqual([])
  })

  it('node:http2 by toNodeListener', async () => {
    expect(await redRows(await open(openNodeHttp2()))).toEqual([])
  })
})

describe('the rows', () => {
  it('are more than two hundred, each with an id of its own', () => {
    expect(rows.length).toBeGreaterThan(200)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  })

  it('begin with a clause of the specification', () => {
    const clauses = new Set(readFileSync(join(ROOT, 'packages/contract/SPEC.md'), 'utf8').match(/\*\*C\d+\*\*/g))
    const unknown = rows.filter(({ id }) => !/^K-/.test(id) && !clauses.has(`**${id.split('-')[0]}**`))
    expect(unknown.map(({ id }) => id)).toEqual([])
  })

  it('need only capabilities that have a description', () => {
    expect(rows.flatMap(({ needs = [] }) => needs).filter((need) => !Object.hasOwn(CAPABILITIES, need))).toEqual([])
  })
})

describe('a reason', () => {
  it('excuses a row that fails, and is red where the row passes', async () => {
    const { target } = await open(openNodeHttp())
    const only = new Set(['C87-1', 'C68-1'])
    const { results } = await runConformance(
      { ...target, lacks: { upgrade: 'no upgrades', 'C68-1': 'no text' } },
      { only },
    )
    expect(results.map(({ id, outcome }) => [id, outcome.kind])).toEqual([
      ['C68-1', 'unneeded'],
      ['C87-1', 'lacking'],
    ])
  })

  it('must name a capability or a row', () => {
    expect(() => conformance({ url: 'http://127.0.0.1:1', lacks: { upgrdae: 'a slip' } })).toThrow(
      'lacks: there is no capability or row "upgrdae"',
    )
  })
})

it('a server that is away is red in every row that is asked', async () => {
  const { red, passed } = await runConformance({ url: 'http://127.0.0.1:1' }, { only: new Set(['C11-1', 'K-1']) })
  expect([red, passed]).toEqual([2, 0])
})

describe('tsgi-conformance', () => {
  const run = (...words: string[]) =>
    promisify(execFile)(process.execPath, [COMMAND, ...words]).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    )

  it('prints what is red, and ends with 1', async () => {
    const { target } = await open(openNodeHttp())
    const { code, stdout } = await run(target.url, '--only', 'C87-1', '--only', 'C11-1')
    expect([code, stdout.split('\n').slice(-2)]).toEqual([
      1,
      ['1 passed, 1 red, 0 lacking with a reason, 0 skipped', ''],
    ])
    expect(stdout).toMatch(/^FAILED C87-1 what is sent comes back: head: expected \[101/)
    expect((await run(target.url, '--only', 'C87-1', '--lacks', 'upgrade=no upgrades')).code).toBe(0)
  })

  it.each([
    [['http://x', '--lacks', 'upgrade'], '--lacks upgrade: say NAME=REASON'],
    [['http://x', '--protocol', 'spdy'], '--protocol spdy: say http/1.1 or h2'],
    [['http://x', '--body-limit', 'many'], '--body-limit many: say a number of bytes'],
    [['http://x', '--what'], "Unknown option '--what'"],
  ])('says what is wrong with %j', async (words, message) => {
    const { code, stderr } = await run(...words)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})
