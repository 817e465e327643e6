/**
 * One bare callable that shows the environ it was given: `tsgi serve examples/environ/app.ts:application`.
 * It needs no framework, only the contract.
 */
import type { Application, Environ } from '@tsgi/contract'

export const application: Application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain; charset=utf-8']])
  return `${lines(environ).join('\n')}\n`
}

function lines(environ: Environ): string[] {
  return Object.keys(environ)
    .sort()
    .map((key) => `${key} = ${show(environ[key])}`)
}

function show(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value)
  return `an ${value.constructor.name}`
}
