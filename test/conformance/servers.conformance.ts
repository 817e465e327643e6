/**
 * `pnpm conformance`: the suite on every server that this machine has, each cell a count and each gap its reason. Writes
 * docs/compatibility.md with TSGI_WRITE=1. What is missing is skipped by name.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Report, runConformance, type Target } from '@tsgi/conformance'
import { afterAll, describe, expect, it } from 'vitest'
import { folderWith, ROOT } from '../support/command.ts'
import { hasHaproxy, hasNginx, openHaproxy, openNginx } from './fronts.ts'
import { installRuntimes, openBun, openDeno, openWorkerd } from './runtimes.ts'
import { type OpenTarget, openNodeHttp, openNodeHttp2, openServer } from './targets.ts'

const hasRuntimes = installRuntimes()

interface Server {
  readonly name: string
  readonly open: () => Promise<OpenTarget>
  /** Why it cannot run here. */
  readonly missing?: string | false
}

const SERVERS: readonly Server[] = [
  { name: 'tsgi serve, TCP', open: () => openServer('127.0.0.1:0') },
  { name: 'tsgi serve, unix socket', open: () => openServer('unix:FOLDER/app.sock') },
  { name: 'tsgi serve, TLS', open: openTls },
  { name: 'node:http', open: openNodeHttp },
  { name: 'node:http2', open: openNodeHttp2 },
  { name: 'Bun 1.4.5', open: openBun, missing: !hasRuntimes && 'the runtimes could not be installed' },
  { name: 'Deno 2.9.6', open: openDeno, missing: !hasRuntimes && 'the runtimes could not be installed' },
  { name: 'workerd 2026-11-17', open: openWorkerd, missing: !hasRuntimes && 'the runtimes could not be installed' },
  { name: 'nginx, proxy_pass', open: openNginx, missing: !hasNginx && 'nginx is not installed' },
  { name: 'HAProxy', open: openHaproxy, missing: !hasHaproxy && 'haproxy is not installed' },
]

function openTls(): Promise<OpenTarget> {
  const folder = folderWith()
  const [keyfile, certfile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  execFileSync('openssl', [...words, '-subj', '/CN=localhost', '-keyout', keyfile, '-out', certfile], { stdio: 'pipe' })
  return openServer('127.0.0.1:0', { keyfile, certfile })
}

const reports = new Map<string, { readonly report: Report; readonly lacks: Target['lacks'] }>()

describe.each(SERVERS)('$name', ({ name, open, missing = false }) => {
  it.skipIf(missing !== false)(`is green${missing === false ? '' : ` — SKIPPED: ${missing}`}`, async () => {
    const { target, close } = await open()
    try {
      const report = await runConformance(target)
      reports.set(name, { report, lacks: target.lacks })
      const red = report.results.flatMap(({ id, outcome }) =>
        outcome.kind === 'failed'
          ? [`${id}: ${outcome.message}`]
          : outcome.kind === 'unneeded'
            ? [`${id} passes: ${outcome.reason}`]
            : [],
      )
      expect(red).toEqual([])
    } finally {
      await close()
    }
  })
})

afterAll(() => {
  if (process.env.TSGI_WRITE === '1') writeFileSync(join(ROOT, 'docs/compatibility.md'), page())
})

function page(): string {
  const rows = [...reports].map(
    ([name, { report }]) => `| ${name} | ${report.passed} | ${report.lacking} | ${report.skipped} |`,
  )
  const gaps = [...reports].flatMap(([name, { report }]) => {
    const reasons = new Map<string, string[]>()
    for (const { id, outcome } of report.results) {
      if (outcome.kind === 'lacking') reasons.set(outcome.reason, [...(reasons.get(outcome.reason) ?? []), id])
    }
    if (reasons.size === 0) return []
    return [
      `### ${name}\n`,
      '| rows | reason |',
      '|---|---|',
      ...[...reasons].map(([reason, ids]) => `| ${ids.join(', ')} | ${reason} |`),
      '',
    ]
  })
  return `# Compatibility

One application, the one of [\`@tsgi/conformance\`](../packages/conformance), on every server. \`pnpm conformance\` runs this matrix, and
\`TSGI_WRITE=1 pnpm conformance\` writes this page. A row that fails without a reason fails the run, and so does a reason whose
row passes. A row is skipped where the server cannot be asked: HTTP/2 rows over HTTP/1.1, rows about untrusted peers behind a proxy.

| server | rows passed | lacking, with a reason | not asked |
|---|---:|---:|---:|
${rows.join('\n')}

## What each server lacks

${gaps.join('\n')}`
}
