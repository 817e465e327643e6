/** The environ as a page may show it: secrets masked by their names, and nothing read that would make something. */
import type { Environ } from '@tsgi/contract'

const MASK = '[masked]'
const SECRET = /auth|cookie|pass|pwd|secret|token|key|session|credential|signature/i
// The same in the names of a query, also where it is part of a target or a referer.
const SECRET_FIELD =
  /([?&;]|^)([^=&;?#]*(?:auth|pass|pwd|secret|token|key|session|credential|signature|code)[^=&;?#]*)=[^&;#]*/gi

/** By name, in order. */
export function maskedEnviron(environ: Environ): Readonly<Record<string, string>> {
  const shown: Record<string, string> = Object.create(null)
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(environ)).sort(byName)) {
    // An accessor makes its value when it is read.
    if ('value' in descriptor) shown[name] = SECRET.test(name) ? MASK : textOf(descriptor.value)
  }
  return shown
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value.replace(SECRET_FIELD, `$1$2=${MASK}`)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return '(object)'
  if (typeof value === 'function') return '(function)'
  return JSON.stringify(value) ?? String(value)
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
