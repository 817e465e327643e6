/** The route table of the site, read from the application itself. */
import { type Markup, markup, type RouteInfo } from '@tsgi/framework'
import { page } from './page.ts'

export function routesPage(routes: readonly RouteInfo[]): Markup {
  return page(
    '/routes',
    'Routes',
    markup`
      <p>A list of routes is data: this page asks the application for it, and so does <code>tsgi routes</code>.</p>
      <div class="wide" tabindex="0" role="region" aria-label="Routes">
        <table>
          <thead><tr><th scope="col">Methods</th><th scope="col">Pattern</th><th scope="col">Kind</th><th scope="col">Name</th></tr></thead>
          <tbody>${routes.map(
            ({ methods, pattern, kind, name }) =>
              markup`<tr><td>${methods?.join(', ') ?? 'all'}</td><th scope="row">${pattern}</th><td>${kind}</td><td>${name ?? ''}</td></tr>`,
          )}</tbody>
        </table>
      </div>`,
  )
}
