/** The frame of every page. Knows nothing of what is in it. */
import { type Markup, markup } from '@tsgi/framework'
import { links } from '../links.ts'

interface Framed {
  readonly title: string
  readonly main: Markup
}

/** @param message what a person is to be told first. */
export function layout({ title, main }: Framed, message?: string): Markup {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Notes</title>
<link rel="stylesheet" href="/static/style.css">
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<nav aria-label="Site">
<a class="home" href="${links.notes()}">Notes</a>
<a href="${links.newNote()}">New note</a>
</nav>
</header>
<main id="main">
${message !== undefined && markup`<p class="flash" role="status">${message}</p>`}
${main}
</main>
</body>
</html>
`
}
