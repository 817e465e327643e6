/** The time, as a bare contract callable: no framework needed. */
import type { Application } from '@tsgi/contract'
import { page } from './page.ts'

export const mytime: Application = (_environ, startResponse) => {
  const now = new Date()
  startResponse('200 OK', [
    ['Content-Type', 'text/html; charset=utf-8'],
    ['Cache-Control', 'no-store'],
  ])
  return page('My time', `\n    <p>It is <time datetime="${now.toISOString()}">${now.toUTCString()}</time>.</p>`)
}
