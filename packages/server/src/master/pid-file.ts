/** The file that names the master's process id. Written whole or not at all; removed by the process that it names. */
import { readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { ConfigError } from '../config/config-error.ts'
import type { Logger } from '../log/logger.ts'

/** @param predecessor the master that this one replaces. @throws ConfigError when another server that runs has written it, or when it cannot be written. */
export function writePidFile(path: string, predecessor?: number): void {
  const other = pidIn(path)
  if (other !== undefined && other !== process.pid && other !== predecessor && mayBeServer(other)) {
    throw new ConfigError(
      `--pid ${path}: it names process ${other}, which runs; stop that server, or remove the file if it is stale`,
    )
  }
  const draft = `${path}.${process.pid}`
  try {
    writeFileSync(draft, `${process.pid}\n`, { flag: 'wx', mode: 0o644 })
    renameSync(draft, path)
  } catch (error) {
    throw new ConfigError(`--pid ${path}: ${error instanceof Error ? error.message : String(error)}`, undefined, error)
  }
}

/** Removes the file if it still names this process. One that cannot be removed is a line in the log. */
export function removePidFile(path: string, logger: Pick<Logger, 'warning'>): void {
  if (pidIn(path) !== process.pid) return
  try {
    unlinkSync(path)
  } catch (error) {
    logger.warning(`--pid ${path} stays behind: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function pidIn(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim()
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined
  } catch {
    return undefined
  }
}

/** False for a process that certainly is no server of ours: ids are used again, in containers most of all. */
function mayBeServer(pid: number): boolean {
  if (!isRunning(pid)) return false
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('tsgi')
  } catch {
    return true
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
