/**
 * One URL for each page: with a slash at its end or without. Redirects the other one. Knows request targets.
 */
import type { Middleware } from '@tsgi/contract'
import { pathOfTarget } from '../http/raw-path.ts'
import { keepLife } from '../routing/application-life.ts'
import { redirectTo } from './plain-response.ts'

/**
 * Redirects with 308, which keeps method and body.
 * @param slash `never`: `/notes/` redirects to `/notes`; `always`: `/notes` redirects to `/notes/`, except for names with a dot.
 * @throws TypeError for another word.
 * @example `new Application(list, { middleware: [trailingSlash('never')] })`
 */
export function trailingSlash(slash: 'never' | 'always'): Middleware {
  if (slash !== 'never' && slash !== 'always')
    throw new TypeError(`trailingSlash: ${String(slash)} is neither never nor always`)
  const change = slash === 'never' ? withoutSlash : withSlash
  return keepLife((application) => (environ, startResponse) => {
    const path = pathOfTarget(environ.REQUEST_URI)
    const wanted = change(path)
    if (wanted === path || !path.startsWith('/')) return application(environ, startResponse)
    const query = environ.QUERY_STRING === '' ? '' : `?${environ.QUERY_STRING}`
    return redirectTo(startResponse, '308 Permanent Redirect', local(wanted) + query)
  })
}

function withoutSlash(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end--
  return path.slice(0, end)
}

function withSlash(path: string): string {
  const last = path.slice(path.lastIndexOf('/') + 1)
  return last === '' || last.includes('.') ? path : `${path}/`
}

/** A browser reads two slashes, or a slash and a backslash, at the beginning as another host. */
function local(path: string): string {
  return path.replace(/^[/\\]+/, '/')
}
