/**
 * The report of an error as an HTML page without a script, under a policy that allows its own style only: the message and
 * the user's own code first, what libraries did folded, all of it as text to copy.
 */
import { createHash } from 'node:crypto'
import { escapeHtml } from '../http/escape-html.ts'
import { PAGE_STYLE } from '../http/page-style.ts'
import type { Frame, SeenError } from './error-trail.ts'
import { highlighted } from './highlight.ts'

const STYLE = `${PAGE_STYLE}
body { max-width: 64rem }
h1 { border-left: .3rem solid #d93025; padding-left: .75rem }
ol { list-style: none; padding: 0; margin: 0 }
li { margin: .5rem 0 }
pre { overflow: auto; padding: .75rem 1rem; margin: .25rem 0 1rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--soft) }
pre.copy { user-select: all; white-space: pre-wrap }
mark { display: inline-block; min-width: 100%; color: inherit; background: light-dark(#fde7c7, #5c4310) }
summary { cursor: pointer; color: var(--quiet); padding: .25rem 0 }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
th, td { font: .875rem/1.5 ui-monospace, monospace; text-align: left; vertical-align: top; padding: .15rem 1rem .15rem 0; overflow-wrap: anywhere }
th { width: 14rem; font-weight: normal; color: var(--quiet) }
.c { color: light-dark(#5c6370, #9aa0a6) } .s { color: light-dark(#0a6b2d, #9ccc9c) } .k { color: light-dark(#8a1fa8, #d7a5ec) }
@media (max-width: 36rem) { th, td { display: block; width: auto; padding-right: 0 } td { padding-bottom: .4rem } }
`

/** @param text the report as text, to be copied. */
export function pageOf(report: Report, text: string): string {
  const { method, path, route, requestId, errors, environ } = report
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
<h2>As text</h2>
<details><summary>To copy: one click selects all of it</summary>
<pre class="copy" tabindex="0">${escapeHtml(text)}</pre></details>
</main>
</html>
`
}

/** Only the style of the page itself may apply, and nothing else may load. */
export function pagePolicy(): string {
  const hash = createHash('sha256').update(STYLE).digest('base64')
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
}

/** The first place in the user's own code stands at the top, even if libraries were called in between. */
function errorHtml({ title, frames }: SeenError, i: number): string {
  const heading = i === 0 ? `<h1>${escapeHtml(title)}</h1>` : `<h2>Caused by ${escapeHtml(title)}</h2>`
  const first = frames.findIndex(({ isOwn }) => isOwn)
  const before = first < 0 ? [] : frames.slice(0, first)
  const after = first < 0 ? frames : frames.slice(first)
  return `${heading}\n<ol>\n${groupsOf(after).map(groupHtml).join('\n')}\n</ol>${before.length === 0 ? '' : `\n<ol>${groupHtml(before)}</ol>`}`
}

/** Frames of the user each alone, those of others together. */
function groupsOf(frames: readonly Frame[]): readonly (readonly Frame[])[] {
  const groups: Frame[][] = []
  for (const frame of frames) {
    const last = groups.at(-1)
    if (last?.[0] !== undefined && !last[0].isOwn && !frame.isOwn) last.push(frame)
    else groups.push([frame])
  }
  return groups
}

function groupHtml(frames: readonly Frame[]): string {
  if (frames[0]?.isOwn === true) return frames.map(frameHtml).join('\n')
  const summary = frames.length === 1 ? 'a call of Node or a library' : `${frames.length} calls of Node or libraries`
  return `<li><details><summary>${summary}</summary>\n<ol>${frames.map(frameHtml).join('\n')}</ol></details>`
}

function frameHtml({ text, place, isOwn, source }: Frame): string {
  const code = `<code>${escapeHtml(text)}</code>`
  // Editors register the scheme; without one the link does nothing.
  const link = isOwn && place !== undefined ? ` <a href="vscode://file${escapeHtml(encodeURI(place))}">open</a>` : ''
  if (source.length === 0) return `<li>${code}${link}`
  const lines = source.map(({ number, code: line, isPlace }) => {
    const place = `${String(number).padStart(5)}  `
    return isPlace ? `<mark>${escapeHtml(place + line)}</mark>` : place + highlighted(line)
  })
  return `<li>${code}${link}\n<pre tabindex="0">${lines.join('\n')}</pre>`
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
