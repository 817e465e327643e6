/** The report of an error as an HTML page without a script, under a policy that allows its own style only. */
import { createHash } from 'node:crypto'
import { escapeHtml } from '../http/escape-html.ts'
import type { Frame, SeenError } from './error-trail.ts'

const STYLE = `
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
h1 { font-size: 1.4rem; overflow-wrap: anywhere }
pre, code, td, th { font: 14px/1.5 ui-monospace, monospace }
pre { overflow: auto; padding: .5rem 1rem; border: 1px solid #8884; border-radius: .3rem }
mark { display: inline-block; min-width: 100% }
th { text-align: left; vertical-align: top; padding-right: 1rem; font-weight: normal; opacity: .7 }
td { overflow-wrap: anywhere }
`

export function pageOf({ method, path, route, requestId, errors, environ }: Report): string {
  const title = escapeHtml(errors[0]?.title ?? 'Error')
  const facts = { request: `${method} ${path}`, route: route ?? 'none', 'request id': requestId }
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${STYLE}</style>
<main>
${errors.map(errorHtml).join('\n')}
<h2>Request</h2>
${tableHtml(facts)}
<h2>Environ</h2>
${tableHtml(environ)}
</main>
</html>
`
}

/** Only the style of the page itself may apply, and nothing else may load. */
export function pagePolicy(): string {
  const hash = createHash('sha256').update(STYLE).digest('base64')
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
}

function errorHtml({ title, frames }: SeenError, i: number): string {
  const heading = i === 0 ? `<h1>${escapeHtml(title)}</h1>` : `<h2>Caused by ${escapeHtml(title)}</h2>`
  return `${heading}\n<ol>\n${frames.map(frameHtml).join('\n')}\n</ol>`
}

function frameHtml({ text, source }: Frame): string {
  const place = `<li><code>${escapeHtml(text)}</code>`
  if (source.length === 0) return place
  const lines = source.map(({ number, code, isPlace }) => {
    const line = escapeHtml(`${String(number).padStart(5)}  ${code}`)
    return isPlace ? `<mark>${line}</mark>` : line
  })
  return `${place}\n<pre tabindex="0">${lines.join('\n')}</pre>`
}

function tableHtml(rows: Readonly<Record<string, string>>): string {
  const lines = Object.entries(rows).map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  )
  return `<table>\n${lines.join('\n')}\n</table>`
}

/* What there is to say of an unexpected error, whatever it is said in. Types only. */

/** All that the page shows. */
export interface Report {
  readonly method: string
  readonly path: string
  readonly route: string | undefined
  readonly requestId: string
  /** The error, then its causes. */
  readonly errors: readonly SeenError[]
  /** Secrets are masked; what is no text is named by its type. */
  readonly environ: Readonly<Record<string, string>>
}
