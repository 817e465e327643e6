/** Lines reach the file in order, in batches, and nothing that goes wrong there reaches whoever writes (G-03). */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LogFile } from '../../../packages/server/src/log/log-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsgi-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const open = (target: string, troubles: string[] = []) =>
  new LogFile({ target, delay: 1, onTrouble: (trouble) => troubles.push(trouble) })

describe('LogFile', () => {
  it('appends all lines, in order', async () => {
    const path = join(folder, 'log')
    const file = open(path)
    const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}\n`)
    for (const [index, line] of lines.entries()) {
      file.write(line)
      if (index % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await file.close()
    expect(readFileSync(path, 'utf8')).toBe(lines.join(''))
  })

  it('writes on into a new file after reopen(), and loses nothing', async () => {
    const path = join(folder, 'log')
    const file = open(path)
    file.write('before\n')
    renameSync(path, `${path}.1`)
    file.reopen()
    file.write('after\n')
    await file.close()
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('before\n')
    expect(readFileSync(path, 'utf8')).toBe('after\n')
  })

  it('writes what a full disk did not take into the new file (ENOSPC)', async () => {
    const path = join(folder, 'log')
    symlinkSync('/dev/full', path)
    const troubles: string[] = []
    const file = open(path, troubles)
    file.write('one\n')
    await expect.poll(() => troubles).toHaveLength(1)
    rmSync(path)
    file.reopen()
    file.write('two\n')
    await file.close()
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
  })

  it('keeps writing to the old file when the new one cannot be opened, and says so', async () => {
    const troubles: string[] = []
    const path = join(folder, 'log')
    const file = open(path, troubles)
    file.write('one\n')
    renameSync(folder, `${folder}.away`)
    file.reopen()
    file.write('two\n')
    await file.close()
    renameSync(`${folder}.away`, folder)
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
    expect(troubles.join()).toMatch(/cannot reopen .*ENOENT/)
  })

  it('tells a full disk once, however many lines come', async () => {
    const troubles: string[] = []
    const file = open('/dev/full', troubles)
    for (let line = 0; line < 100; line++) {
      file.write('x\n')
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(troubles).toEqual(['cannot write to /dev/full: ENOSPC; trying again'])
    await file.close()
  })

  it('throws at once when it cannot be opened', () => {
    expect(() => open(join(folder, 'no', 'log'))).toThrow('ENOENT')
  })

  it('takes nothing after it was closed', async () => {
    const path = join(folder, 'log')
    const file = open(path)
    await file.close()
    file.write('late\n')
    expect(readFileSync(path, 'utf8')).toBe('')
  })

  it('reports lines that come faster than they are taken, once', async () => {
    const path = join(folder, 'fifo')
    execFileSync('mkfifo', [path])
    const troubles: string[] = []
    const file = open(path, troubles)
    const line = `${'x'.repeat(1023)}\n`
    // 64 KiB fit in the pipe, 1 MiB waits, the rest is lost.
    for (let count = 0; count < 2000; count++) file.write(line)
    const reader = spawn('cat', [path], { stdio: ['ignore', 'ignore', 'ignore'] })
    await expect.poll(() => troubles, { timeout: 5000 }).toHaveLength(1)
    expect(troubles[0]).toMatch(/fifo takes lines slower than they come; (9\d\d|1\d{3}) lines were lost$/)
    await file.close()
    reader.kill()
  })
})
