/**
 * The environ as it travels to Python: latin-1 text, names and values separated by NUL. Every value that is a string
 * is carried, also one that a middleware set; of other values only `wsgiorg.routing_args`. What every request has in common is known
 * to the worker. Pure.
 */
import type { Environ } from '@tsgi/contract'
import { bytePath } from './byte-path.ts'

/**
 * @param contentLength replaces what the environ says, for a body whose chunks have been gathered here.
 * @throws TypeError for a value that holds NUL or a character above U+00FF: no byte could carry it (PEP 3333, Unicode Issues).
 */
export function environBlock(environ: Environ, contentLength?: number): string {
  let block = ''
  for (const key in environ) {
    if (isDoor(key)) continue
    const value = environ[key]
    if (typeof value !== 'string' || key === 'SCRIPT_NAME' || key === 'PATH_INFO') continue
    // The chunks are gone, and with them their header.
    if (contentLength !== undefined && key === 'HTTP_TRANSFER_ENCODING') continue
    if (value.includes('\0')) throw new TypeError(`the environ's ${key} holds a NUL, which WSGI cannot carry`)
    block += `${key}\0${value}\0`
  }
  if (contentLength !== undefined) block += `CONTENT_LENGTH\0${contentLength}\0`
  block += routingArgs(environ) + paths(environ)
  if (/[^\0-\xff]/.test(block)) throw tooWide(environ)
  return block
}

/** What is made when it is read, and is never a string: not to be read here. */
function isDoor(key: string): boolean {
  return key === 'tsgi.signal' || key === 'tsgi.after_response' || key === 'tsgi.early_hints'
}

function paths(environ: Environ): string {
  const { SCRIPT_NAME, PATH_INFO } = environ
  if (PATH_INFO.includes('\0') || SCRIPT_NAME.includes('\0')) throw new TypeError('the path holds a NUL')
  if (isPlain(environ) && PATH_INFO !== '*') return `SCRIPT_NAME\0${SCRIPT_NAME}\0PATH_INFO\0${PATH_INFO}`
  const { scriptName, pathInfo } = bytePath(environ)
  return `SCRIPT_NAME\0${scriptName}\0PATH_INFO\0${pathInfo}`
}

/** True for a path that is ASCII without an escape, as most are. */
function isPlain({ SCRIPT_NAME, PATH_INFO, REQUEST_URI }: Environ): boolean {
  return !REQUEST_URI.includes('%') && /^[\0-\x7f]*$/.test(PATH_INFO) && /^[\0-\x7f]*$/.test(SCRIPT_NAME)
}

/** As JSON in ASCII: the parameters of a route are text of any kind. */
function routingArgs(environ: Environ): string {
  const args = environ['wsgiorg.routing_args']
  if (args === undefined) return ''
  const json = JSON.stringify(args[1]).replace(/[^\x20-\x7e]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return `wsgiorg.routing_args\0${json}\0`
}

function tooWide(environ: Environ): TypeError {
  const key = Object.keys(environ).find((name) => {
    const value = isDoor(name) || name === 'PATH_INFO' || name === 'SCRIPT_NAME' ? '' : environ[name]
    return typeof value === 'string' && /[^\0-\xff]/.test(name + value)
  })
  return new TypeError(`the environ's ${key} has a character above U+00FF; a WSGI string carries bytes`)
}
