/** What stands around the site, outermost first as the names are written. Each works around any other application too. */
import type { Application } from '@tsgi/contract'
import { accessLog, compress, conditionalGet, requestId } from '@tsgi/framework/middleware'
import { sameOrigin } from './same-origin.ts'

export function withMiddleware(site: Application): Application {
  // Tags are made of the plain octets, so conditionalGet is the inner one: compress makes them weak.
  const layers = [requestId(), accessLog(), compress(), conditionalGet(), sameOrigin]
  return layers.reduceRight((inner, layer) => layer(inner), site)
}
