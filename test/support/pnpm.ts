/** The pnpm that runs the tests, or the one that npx finds. Knows how to start it; runs no command of its own choice. */
import { execFileSync } from 'node:child_process'

/** Runs `pnpm <words>` in `cwd` and returns what it prints; throws with its output when it fails. */
export function pnpm(words: readonly string[], cwd: string): string {
  const [command, ...before] = pnpmCommand()
  try {
    return execFileSync(command, [...before, ...words], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, npm_config_yes: 'true', CI: 'true' },
    })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`pnpm ${words.join(' ')} failed in ${cwd}:\n${stdout}${stderr}`)
  }
}

function pnpmCommand(): [string, ...string[]] {
  const running = process.env.npm_execpath ?? ''
  if (!/pnpm[^/]*$/.test(running)) return ['npx', 'pnpm@12']
  return /\.[cm]?js$/.test(running) ? [process.execPath, running] : [running]
}
