/** Runs a command of the command line as a function: with a folder of modules, and streams that can be read back. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { onTestFinished } from 'vitest'
import type { CommandStreams } from '../../packages/server/src/cli/subcommand-arguments.ts'

/** A folder with these files. Inside the checkout, so that the packages resolve as for a user of the workspace. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(import.meta.dirname, '.tmp-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

export interface Outcome {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

export async function run(
  command: (args: readonly string[], streams: CommandStreams) => Promise<number>,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<Outcome> {
  const [stdout, stderr] = [collector(), collector()]
  const code = await command(args, { stdin: Readable.from([Buffer.from(input as string)]), stdout, stderr })
  return { code, stdout: Buffer.concat(stdout.parts), stderr: Buffer.concat(stderr.parts).toString() }
}

class Collector extends Writable {
  readonly parts: Buffer[] = []

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.parts.push(chunk)
    done()
  }
}

function collector(): Collector {
  return new Collector()
}
