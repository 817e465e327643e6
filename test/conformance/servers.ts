/** Every server of the matrix: ours in each of its forms, gateways, runtimes, and real web servers in front. Only a list. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Application } from '@tsgi/contract'
import { folderWith } from '../support/command.ts'
import { FRONTS, hasFront, openFront } from './fronts.ts'
import { openLambda } from './lambda.ts'
import { installRuntimes, openBun, openDeno, openWorkerd } from './runtimes.ts'
import { type OpenTarget, openHttp2, openNodeHttp, openNodeHttp2, openServer } from './targets.ts'

export interface MatrixServer {
  readonly name: string
  /** @param application the bare one of the suite, unless it is given. */
  readonly open: (application?: Application) => Promise<OpenTarget>
  /** Why it cannot run here. */
  readonly missing?: string | undefined
  /** Why it cannot host a guest of Node, fetch or Python. */
  readonly hostsNoGuests?: string
}

const RUNTIMES = installRuntimes() ? undefined : 'the runtimes could not be installed'
const NODE_ONLY = 'guests need @tsgi/server, which runs on Node; such a framework serves itself there'

export const SERVERS: readonly MatrixServer[] = [
  { name: 'tsgi serve, TCP', open: (application) => openServer('127.0.0.1:0', {}, application) },
  { name: 'tsgi serve, unix socket', open: (application) => openServer('unix:FOLDER/app.sock', {}, application) },
  { name: 'tsgi serve, TLS', open: (application) => openServer('127.0.0.1:0', certificate(), application) },
  { name: 'tsgi serve, HTTP/2', open: (application) => openHttp2(certificate(), application) },
  { name: 'tsgi serve, h2c', open: (application) => openHttp2({}, application) },
  { name: 'node:http', open: openNodeHttp },
  { name: 'node:http2', open: openNodeHttp2 },
  { name: 'Bun 1.4.5', open: () => openBun(), missing: RUNTIMES, hostsNoGuests: NODE_ONLY },
  { name: 'Deno 2.9.6', open: () => openDeno(), missing: RUNTIMES, hostsNoGuests: NODE_ONLY },
  { name: 'workerd 2026-11-17', open: () => openWorkerd(), missing: RUNTIMES, hostsNoGuests: NODE_ONLY },
  { name: 'Lambda', open: openLambda },
  ...FRONTS.map((front) => ({
    name: front.name,
    open: (application?: Application) => openFront(front, application),
    missing: hasFront(front) ? undefined : `${front.program} is not installed`,
  })),
]

function certificate(): { readonly keyfile: string; readonly certfile: string } {
  const folder = folderWith()
  const [keyfile, certfile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  execFileSync('openssl', [...words, '-subj', '/CN=localhost', '-keyout', keyfile, '-out', certfile], { stdio: 'pipe' })
  return { keyfile, certfile }
}
