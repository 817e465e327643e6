/**
 * The page of an unexpected error for the developer: the stack, the source around each place, the route, the
 * environ. A file that can be absent: `@tsgi/framework/development`, given to an application as its `errorPage`.
 * It shows source and input, so it leaves every error alone unless NODE_ENV is `development`.
 */
import { causesSeen } from './development/error-trail.ts'
import { maskedEnviron } from './development/masked-environ.ts'
import type { Report } from './development/page.ts'
import { pageOf, pagePolicy } from './development/page.ts'
import { type Failure, setDefaultErrorPage } from './errors/error-handler.ts'
import { errorFormOf } from './errors/error-page.ts'
import { isDevelopment } from './http/environment.ts'
import { problem } from './response/problem.ts'
import { html, type Response, text } from './response/response.ts'

/** Options of `developmentPage`. */
export interface DevelopmentPageOptions {
  /** Default: where NODE_ENV is `development`, as `tsgi serve --reload` sets it; asked once, when this is called. */
  readonly enabled?: boolean
  /** Lines of source before and after each place. Default 5. */
  readonly context?: number
}

/**
 * For the `errorPage` of an application: HTML for a browser, a problem (RFC 9457) for a program, text for all others.
 * `new Application(routes, { errorPage: developmentPage() })`
 * @example new Application(routes, { errorPage: developmentPage() })
 */
export function developmentPage(
  options: DevelopmentPageOptions = {},
): (failure: Failure) => Promise<Response> | undefined {
  const { enabled = isDevelopment(), context = 5 } = options
  return (failure) => (enabled ? answerFor(failure, context) : undefined)
}

/**
 * Makes the development page that of every application in this process that has no `errorPage` of its own. `tsgi serve --reload`
 * calls it before it loads an application.
 */
export function showErrorsByDefault(options: Omit<DevelopmentPageOptions, 'enabled'> = {}): void {
  setDefaultErrorPage(developmentPage({ ...options, enabled: true }))
}

async function answerFor(failure: Failure, context: number): Promise<Response> {
  const report = await reportOf(failure, context)
  const headers = [
    ['Vary', 'Accept'],
    ['Cache-Control', 'no-store'],
  ] as const
  const form = errorFormOf(failure.environ, false)
  if (form === 'html')
    return html(pageOf(report, textOf(report)), 500, [...headers, ['Content-Security-Policy', pagePolicy()]])
  if (form === 'text') return text(textOf(report), 500, headers)
  const [first] = report.errors
  return problem({ status: 500, detail: first?.title, ...report }, headers)
}

async function reportOf({ error, environ, route, requestId }: Failure, context: number): Promise<Report> {
  const { REQUEST_METHOD: method, SCRIPT_NAME: script, PATH_INFO: path } = environ
  const errors = await causesSeen(error, context)
  return { method, path: script + path, route, requestId, errors, environ: maskedEnviron(environ) }
}

function textOf({ method, path, route, requestId, errors, environ }: Report): string {
  const lines = [`${method} ${path}`, `route: ${route ?? 'none'}`, `request: ${requestId}`, '']
  for (const [i, { title, frames }] of errors.entries()) {
    lines.push(i === 0 ? title : `caused by: ${title}`)
    for (const { text, source } of frames) {
      lines.push(`    ${text}`)
      for (const { number, code, isPlace } of source)
        lines.push(`  ${isPlace ? '>' : ' '} ${String(number).padStart(5)}  ${code}`)
    }
  }
  lines.push('', ...Object.entries(environ).map(([name, value]) => `${name}: ${value}`))
  return `${lines.join('\n')}\n`
}
