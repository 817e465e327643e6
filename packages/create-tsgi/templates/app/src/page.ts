import { type MarkupValue, markup } from '@tsgi/framework'

/** The frame of every page. `markup` escapes what stands in `${…}`. */
export function page(title: string, content: MarkupValue) {
  return markup`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${title} · {{name}}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/static/style.css">
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      ${content}
    </main>
  </body>
</html>
`
}
