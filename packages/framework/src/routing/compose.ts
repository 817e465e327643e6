/**
 * Middleware around an application, outermost first as the list is written. Knows the contract; knows no routes.
 *
 */
import type { Application, Middleware } from '@tsgi/contract'
import { typeOf } from '../option-names.ts'

/** @param where the list is, for messages. @throws TypeError for a middleware that gives no application. */
export function compose(application: Application, middleware: readonly Middleware[], where: string): Application {
  return middleware.reduceRight((inner, layer, i) => {
    const outer: unknown = layer(inner)
    if (typeof outer === 'function') return outer as Application // what a Middleware gives, as its type says
    throw new TypeError(`${where}: middleware[${i}] gave ${typeof outer}, not an application`)
  }, application)
}

/** What is wrong with a list of middleware; undefined if nothing is. */
export function middlewareProblem(list: unknown): string | undefined {
  if (!Array.isArray(list)) return `middleware is ${typeOf(list)}, not a list`
  const bad = list.findIndex((layer) => typeof layer !== 'function')
  return bad < 0 ? undefined : `middleware[${bad}] is ${typeof list[bad]}, not a function`
}
