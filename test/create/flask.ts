/** Whether this machine has Flask, for tests that need it. */
import { spawnSync } from 'node:child_process'

export function hasFlask(): boolean {
  return spawnSync('python3', ['-c', 'import flask']).status === 0
}
