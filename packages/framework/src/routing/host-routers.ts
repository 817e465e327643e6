/**
 * Which table answers for which host: the entries for all hosts, and among them, in their order, those for this one.
 * A router is made for each host name of the list beforehand, so that a request costs one look-up, and none at all
 * where no entry names a host.
 */
import type { Environ } from '@tsgi/contract'
import { hostOf, wildcardOf } from './host-name.ts'
import type { MatchRules } from './pattern-steps.ts'
import { indexEntries, type TableRow } from './route-table.ts'
import { Router } from './router.ts'

/** The rows that are tried for a host, and their router. */
export interface Site {
  /** Undefined for that of all other hosts. */
  readonly host: string | undefined
  readonly rows: readonly TableRow[]
  readonly router: Router<TableRow>
}

export class HostRouters {
  /** For every host that no entry names. */
  readonly #common: Site
  /** By host: `api.example.com`, `*.example.com`. */
  readonly #sites = new Map<string, Site>()

  constructor(rows: readonly TableRow[], rules: MatchRules) {
    this.#common = siteOf(rows, undefined, rules)
    const hosts = new Set(rows.flatMap(({ host }) => (host === undefined ? [] : [host])))
    for (const host of hosts) this.#sites.set(host, siteOf(rows, host, rules))
  }

  routerFor(environ: Environ): Router<TableRow> {
    if (this.#sites.size === 0) return this.#common.router
    const host = hostOf(environ)
    return (this.#sites.get(host) ?? this.#sites.get(wildcardOf(host)) ?? this.#common).router
  }

  /** One for each host, and one for all others. */
  get sites(): readonly Site[] {
    return [this.#common, ...this.#sites.values()]
  }
}

function siteOf(rows: readonly TableRow[], host: string | undefined, rules: MatchRules): Site {
  const hosts = host === undefined ? [undefined] : [undefined, host, wildcardOf(host)]
  const own = rows.filter((row) => hosts.includes(row.host))
  return { host, rows: own, router: new Router(indexEntries(own), rules) }
}
