/** The folder of records: bounded, for its owner only. */
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { RecordFolder } from '../../../packages/server/src/record/record-folder.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tsgi-records-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

it('keeps the newest files, none that is too old, and leaves other files alone', async () => {
  const path = folder()
  for (let at = 0; at < 9; at++) writeFileSync(join(path, `2026-0${at}.json`), '{}')
  const monthsAgo = new Date(Date.now() - 40 * 24 * 3600 * 1000)
  utimesSync(join(path, '2026-08.json'), monthsAgo, monthsAgo)
  writeFileSync(join(path, 'notes.txt'), '')
  new RecordFolder({ folder: path, trouble: () => undefined, maxFiles: 4 })
  await expect
    .poll(() => readdirSync(path).sort())
    .toEqual(['2026-05.json', '2026-06.json', '2026-07.json', 'notes.txt'])
})

it('writes for the owner only, whole or not at all, and drops what comes too fast', async () => {
  const path = join(folder(), 'new')
  const records = new RecordFolder({ folder: path, trouble: () => undefined })
  let made = 0
  for (let at = 0; at < 100; at++)
    records.keep(`${at}.json`, () => {
      made++
      return 'x'
    })
  expect(made).toBeLessThan(100)
  await expect.poll(() => readdirSync(path).filter((name) => name.endsWith('.json'))).toHaveLength(made)
  expect(statSync(path).mode & 0o777).toBe(0o700)
  expect(statSync(join(path, '0.json')).mode & 0o777).toBe(0o600)
})
