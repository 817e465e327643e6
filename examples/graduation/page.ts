/** The frame that all pages of the site share. `body` is HTML of our own, never a client's text. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${title}</title>
    <link rel="stylesheet" href="/static/style.css">
  </head>
  <body>
    <h1>${title}</h1>${body}
  </body>
</html>
`
}
