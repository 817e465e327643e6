/**
 * For development: what is served in the place of an application that does not load. Never used without `--reload`,
 * since it shows what went wrong to whoever asks.
 */
import type { Application } from '@tsgi/contract'
import { failureOf } from '../config/config-error.ts'

/** An application that answers everything with the error. */
export function loadErrorPage(error: unknown): Application {
  const { message, detail } = failureOf(error)
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The application does not load</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 60rem; padding: 0 1rem }
  h1 { font-size: 1.3rem; color: #b00020 }
  pre { background: #f4f4f4; padding: 1rem; overflow: auto }
</style>
<h1>The application does not load</h1>
<p>${escapeHtml(message)}</p>
<pre>${escapeHtml(detail ?? '')}</pre>
<p>It is tried again as soon as a file is saved.</p>
</html>
`
  return (_environ, startResponse) => {
    startResponse('500 Internal Server Error', [
      ['Content-Type', 'text/html; charset=utf-8'],
      ['Cache-Control', 'no-store'],
    ])
    return page
  }
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
