/** The config file, read once and read anew. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadConfigFile } from '../../../packages/server/src/config/config-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'tsgi-test-'))
afterAll(() => rmSync(folder, { recursive: true }))
const save = (name: string, text: string) => writeFileSync(join(folder, name), text)
const anew = (text: string) => {
  save('tsgi.config.ts', text)
  return loadConfigFile(undefined, folder, true)
}

describe('a config file that is read anew', () => {
  it('is as it is now, and so is what it imports', async () => {
    save('settings.ts', 'export const workers: number = 2')
    const text = `import { workers } from './settings.ts'\nexport default { workers, bind: [':1'] }`
    expect(await anew(text)).toEqual({ place: 'tsgi.config.ts', hooks: {}, values: { workers: 2, bind: [':1'] } })
    save('settings.ts', 'export const workers: number = 3')
    expect(await anew(text)).toEqual({ place: 'tsgi.config.ts', hooks: {}, values: { workers: 3, bind: [':1'] } })
  })

  it.each([
    ['that throws', 'throw new TypeError("oops")', 'cannot load tsgi.config.ts: TypeError: oops'],
    ['that is no TypeScript', 'export default {', 'cannot load tsgi.config.ts: SyntaxError: '],
    ['that ends', 'process.exit(0)', 'cannot load tsgi.config.ts: Error: it ended while it was read'],
    ['with a function', 'export default { workers: () => 2 }', 'cannot load tsgi.config.ts: DataCloneError: () => 2'],
    ['without a default', 'export const workers = 2', 'tsgi.config.ts: export the options as default'],
  ])('%s is told in one line', async (_, text, message) => {
    await expect(anew(text)).rejects.toThrow(message)
  })
})
