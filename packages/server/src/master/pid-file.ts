/** The file that names the master's process id. Written whole or not at all; removed by the process that it names. */
import { readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { ConfigError } from '../config/config-error.ts'

/** @throws ConfigError when another server that runs has written it, or when it cannot be written. */
export function writePidFile(path: string): void {
  const other = pidIn(path)
  if (other !== undefined && other !== process.pid && isRunning(other)) {
    throw new ConfigError(`--pid ${path}: it names process ${other}, which runs; stop that one, or remove the file`)
  }
  const draft = `${path}.${process.pid}`
  try {
    writeFileSync(draft, `${process.pid}\n`, { flag: 'wx', mode: 0o644 })
    renameSync(draft, path)
  } catch (error) {
    throw new ConfigError(`--pid ${path}: ${error instanceof Error ? error.message : String(error)}`, undefined, error)
  }
}

export function removePidFile(path: string): void {
  if (pidIn(path) === process.pid) unlinkSync(path)
}

function pidIn(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim()
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined
  } catch {
    return undefined
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
