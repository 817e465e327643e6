/** A failure of production is recorded, played again at a desk, fixed, and played again. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, endCommandsAfterEach, folderWith, ROOT, serving, tsgi } from '../support/command.ts'

endCommandsAfterEach()

const FREE = ['--bind', '127.0.0.1:0']

/** Round the notes: a view that fails, as one day each does. */
const PLANTED = `
export default (application) => (environ, startResponse) => {
  if (environ.PATH_INFO === '/notes' && environ.QUERY_STRING.includes('search=boom')) throw new Error('planted')
  return application(environ, startResponse)
}`
const FIXED = 'export default (application) => application'

const FLASK = `
from flask import Flask, request
app = Flask(__name__)
@app.post('/sum')
def total():
    return str(sum(request.json['numbers']))
`

const HAS_FLASK = spawnSync('python3', ['-c', 'import flask']).status === 0

const recordsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.json'))

async function replay(env: Readonly<Record<string, string>>, ...words: string[]) {
  const command = tsgi(['replay', ...words], { env })
  const { code } = await command.exit()
  return { code, stdout: command.stdout, stderr: command.stderr }
}

describe('tsgi serve --record', () => {
  it('keeps a failure of the notes without its cookie; replay fails as it did, and is green once it is fixed', async () => {
    const cwd = folderWith({ 'planted.ts': PLANTED })
    const [records, planted] = [join(cwd, 'records'), join(cwd, 'planted.ts')]
    const env = { NODE_ENV: 'production', NOTES_DATA: join(cwd, 'data') }
    const words = ['examples/notes/app.ts', ...FREE, '--record', records, '--middleware', planted]
    const command = await serving(words, { cwd: ROOT, env })
    const headers = { Cookie: 'session=swordfish-1', Accept: 'text/html' }
    expect((await ask(`${command.url}/notes`, { headers })).status).toBe(200)
    expect((await ask(`${command.url}/notes?search=boom&token=swordfish-2`, { headers })).status).toBe(500)
    await expect.poll(() => recordsIn(records)).toHaveLength(1)
    const [name = ''] = recordsIn(records)
    expect(statSync(join(records, name)).mode & 0o777).toBe(0o600)
    expect(statSync(records).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(records, name), 'utf8')).not.toContain('swordfish')

    const before = await replay(env, join(records, name), 'examples/notes/app.ts', '--middleware', planted)
    expect(before.stdout).toMatch(
      /^fails {4}GET \/notes\?search=boom&token=\[masked\] {2}\S+\.json\n1 replayed: 0 same, 0 fixed, 1 fails/,
    )
    expect(before.code).toBe(1)
    writeFileSync(planted, FIXED)
    const after = await replay(env, records, 'examples/notes/app.ts', '--middleware', planted)
    expect(after.stdout).toMatch(
      /^fixed {3}.* \(status 500 → 200.*\n1 replayed: 0 same, 1 fixed, 0 fails, 0 differs\n$/s,
    )
    expect(after.code).toBe(0)
  })

  it.skipIf(!HAS_FLASK)(
    'of all requests is a regression test of a new version, of a Flask application too',
    async () => {
      const cwd = folderWith({ 'site_app.py': FLASK })
      const words = ['site_app:app', ...FREE, '--record', 'records', '--record-when', 'all']
      const command = await serving(words, { cwd })
      for (const numbers of [[1, 2], [3], ['a', 'b']])
        await fetch(`${command.url}/sum`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ numbers }),
        })
      await expect.poll(() => recordsIn(join(cwd, 'records'))).toHaveLength(3)
      const again = () => tsgi(['replay', 'records', 'site_app:app'], { cwd })
      const same = again()
      expect(await same.exit()).toMatchObject({ code: 1 })
      expect(same.stdout).toContain('3 replayed: 2 same, 0 fixed, 1 fails, 0 differs')
      writeFileSync(join(cwd, 'site_app.py'), FLASK.replace('str(sum(', 'str(len('))
      const other = again()
      expect(await other.exit()).toMatchObject({ code: 1 })
      expect(other.stdout).toContain('3 replayed: 0 same, 1 fixed, 0 fails, 2 differs')
      expect(other.stdout).toMatch(/differs {2}POST \/sum {2}\(content 1 → 1 bytes\)/)
    },
  )

  it('costs no request where the disk takes nothing, and says so once', async () => {
    const app = `export const application = (environ, startResponse) => {
  startResponse('500 Internal Server Error', [['Content-Type', 'text/plain']])
  return 'failed'
}`
    const cwd = folderWith({ 'app.ts': app })
    mkdirSync(join(cwd, 'records'))
    chmodSync(join(cwd, 'records'), 0o500)
    const through = ['setpriv', '--bounding-set=-dac_override,-dac_read_search']
    const command = await serving(['app.ts', ...FREE, '--record', 'records'], { cwd, through })
    for (let at = 0; at < 5; at++) expect((await ask(command.url)).text).toBe('failed')
    await command.printed(/--record: requests are not recorded: EACCES/)
    expect(command.output.match(/requests are not recorded/g)).toHaveLength(1)
  })

  it.each([
    [['replay', 'nowhere', 'app.ts'], /cannot read nowhere: ENOENT/],
    [['replay', '.', 'app.ts'], /there is no recorded request in \.: tsgi serve --record DIR writes them/],
    [['replay', 'app.ts', 'app.ts'], /app\.ts is no recorded request of tsgi serve --record/],
    [['replay', 'app.ts'], /usage: tsgi replay FILE\|DIR MODULE/],
    [['serve', 'app.ts', '--record', 'app.ts/x'], /--record app\.ts\/x: ENOTDIR/],
  ])('%j is told in one line', async (words, message) => {
    const cwd = folderWith({ 'app.ts': 'export const application = () => ""' })
    const command = tsgi(words, { cwd })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toMatch(message)
  })
})
