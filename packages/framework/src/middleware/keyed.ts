/** A middleware that is the key of its value too: what `basicAuth`, `language` and `sessions` give. */
import type { Middleware } from '@tsgi/contract'
import type { Key, KeyedMiddleware } from '../request/key.ts'
import { keepLife } from '../routing/application-life.ts'

/** @param middleware sets the value of `place` for every request that it lets pass. */
export function keyed<Value>(middleware: Middleware, place: Key<Value>): KeyedMiddleware<Value> {
  const { key, get, find } = place
  return Object.assign(keepLife(middleware), { key, get, find })
}
