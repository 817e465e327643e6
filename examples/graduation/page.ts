/** The frame that all pages of the site share. What stands in `${…}` of `markup` is escaped. */
import { type Markup, type MarkupValue, markup } from '@tsgi/framework'

const PAGES = [
  ['/', 'Home'],
  ['/mytime', 'Time'],
  ['/mynews', 'News'],
  ['/congratulate', 'Congratulate'],
  ['/environ', 'Your request'],
  ['/routes', 'Routes'],
] as const

/** @param path where the page is, for the mark in its navigation. */
export function page(path: string, title: string, content: MarkupValue, script?: string): Markup {
  return markup`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${title}</title>
    <link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/static/style.css">
    ${script === undefined ? '' : markup`<script type="module" src="${script}"></script>`}
  </head>
  <body>
    <header>
      <a class="brand" href="/"><img src="/static/favicon.svg" alt="" width="32" height="32"> Graduation</a>
      <nav aria-label="Pages">
        ${PAGES.slice(1).map(([href, name]) => markup`<a href="${href}"${href === path ? markup` aria-current="page"` : ''}>${name}</a> `)}
      </nav>
    </header>
    <main>
      <h1>${title}</h1>
      ${content}
    </main>
    <footer>
      <p>Served by TSGI. Read <a href="https://github.com/tsgi/tsgi#readme">what it is</a>, the
        <a href="https://github.com/tsgi/tsgi/tree/main/docs">documentation</a>, or
        <a href="https://github.com/tsgi/tsgi/tree/main/examples/graduation">the source of this site</a>.</p>
    </footer>
  </body>
</html>
`
}
