/**
 * Which files of ours one warm GET enters: V8's precise coverage of a served request, its functions counted by file. The
 * fewer, the sooner a stranger has followed a request to its end. `entered-files.ts [TARGET]` prints the list of one path
 * of the graduation site. Its budget is a test (test/server/connection/entered-files.test.ts).
 */
import { request } from 'node:http'
import { type Profiler, Session } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'
import { application } from '../examples/graduation/app.ts'
import { serve } from '../packages/server/src/serve.ts'

const ROOT = new URL('..', import.meta.url).href
/** Requests before the one that is looked at: caches are full, and functions stay as they are. */
const WARM_UP = 50
const LOOKS = 5

/** The files under `packages/` that a GET of `target` enters, in order of their names. */
export async function enteredFiles(target: string): Promise<string[]> {
  const server = await serve(application, { bind: '127.0.0.1:0', logLevel: 'critical' })
  const url = server.addresses[0] ?? ''
  for (let i = 0; i < WARM_UP; i++) await get(url + target)
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  // Of a few looks the smallest: a timer of the server may fall into one.
  let entered: string[] | undefined
  for (let look = 0; look < LOOKS; look++) {
    await session.post('Profiler.takePreciseCoverage')
    await get(url + target)
    const { result } = await session.post('Profiler.takePreciseCoverage')
    const files = result.filter(({ url, functions }) => url.startsWith(`${ROOT}packages/`) && functions.some(isEntered))
    if (entered === undefined || files.length < entered.length) entered = files.map(({ url }) => url.slice(ROOT.length))
  }
  session.disconnect()
  await server.close()
  return (entered ?? []).sort()
}

function isEntered({ ranges: [whole] }: Profiler.FunctionCoverage): boolean {
  return (whole?.count ?? 0) > 0
}

function get(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(url, (response) => response.resume().on('end', resolve))
    asked.on('error', reject).end()
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await enteredFiles(process.argv[2] ?? '/')
  for (const file of files) console.log(file)
  console.log(`${files.length} files`)
}
