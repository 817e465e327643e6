/** The environ of the request that asks for this page, as a table. */
import type { Environ } from '@tsgi/contract'
import { type Markup, markup } from '@tsgi/framework'
import { page } from './page.ts'

export function environPage(environ: Environ): Markup {
  const rows = Object.entries(environ).sort(([a], [b]) => (a < b ? -1 : 1))
  return page(
    '/environ',
    'Your request',
    markup`
      <p>An application gets a request as one object, as in WSGI. Yours was this.</p>
      <div class="wide" tabindex="0" role="region" aria-label="Environ">
        <table class="pairs">
          <thead><tr><th scope="col">Key</th><th scope="col">Value</th></tr></thead>
          <tbody>${rows.map(([key, value]) => markup`<tr><th scope="row">${key}</th><td>${shown(value)}</td></tr>`)}</tbody>
        </table>
      </div>`,
  )
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
