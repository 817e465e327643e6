/** What there is to say of a URL beyond its route and parameters. Types only. */
import type { Environ } from '@tsgi/contract'

/** What a URL has beyond its route and parameters. */
export interface UrlOptions {
  /** Appended as a form; a list gives its name several times, undefined leaves it out. */
  readonly query?: URLSearchParams | Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>
  /**
   * Makes the URL absolute, for mails and feeds: `https://example.org`, or `request.url.origin`. A route of a `host` with
   * a literal name gets that name.
   */
  readonly origin?: string | undefined
  /** The request the URL is for: where the application is mounted, SCRIPT_NAME goes before the path. */
  readonly environ?: Environ
}

/** A value in a query; it is written as text. */
export type QueryValue = string | number | boolean

/** Writes the URL of a named route, as far as its caller knows the routes. */
export type UrlWriter = (name: string, params?: Readonly<Record<string, unknown>>, options?: UrlOptions) => string
