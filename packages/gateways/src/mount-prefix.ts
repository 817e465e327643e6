/**
 * Where a listener stands inside a framework of node's: Connect and Express cut the prefix of a mount off `url` and keep
 * the whole in `originalUrl`, Express the prefix in `baseUrl` too. Knows these names and no framework. Called by node.ts.
 */
import type { IncomingMessage } from 'node:http'

export interface MountedTarget {
  /** As the client sent it. */
  readonly target: string
  /** Its part that belongs to what is around the listener, raw: `''`, or whole segments such as `/site`. */
  readonly prefix: string
}

/** A `url` that was rewritten otherwise is taken as it is. */
export function mountedTarget(request: IncomingMessage): MountedTarget {
  const url = request.url ?? '/'
  const whole = textOf(request, 'originalUrl')
  if (whole === undefined || whole === url || !whole.startsWith('/')) return { target: url, prefix: '' }
  const prefix = prefixOf(pathOf(whole), pathOf(url), textOf(request, 'baseUrl'))
  return prefix === undefined ? { target: url, prefix: '' } : { target: whole, prefix }
}

/** Both have added a slash where nothing was left. */
function prefixOf(whole: string, rest: string, base: string | undefined): string | undefined {
  const prefix = rest === '/' && !whole.endsWith('/') ? whole : whole.slice(0, -rest.length)
  const isCut = whole === prefix || whole === prefix + rest
  return isCut && (base === undefined || base === prefix) ? prefix : undefined
}

function pathOf(target: string): string {
  const mark = target.indexOf('?')
  return mark === -1 ? target : target.slice(0, mark)
}

/** Frameworks put them onto node's object. */
function textOf(request: IncomingMessage, name: 'originalUrl' | 'baseUrl'): string | undefined {
  const value: unknown = Reflect.get(request, name)
  return typeof value === 'string' ? value : undefined
}
