/** Checks what a route says about itself for descriptions: `doc` and `responses`. Knows no description. */

import type { ResponseDescription } from '../validation/declared-responses.ts'
import { isSchema } from '../validation/schema.ts'
import type { RouteDoc, RouteOptions } from './route-types.ts'

/** One line for each member that cannot be. */
export function docProblems({ doc = {}, responses = {} }: RouteOptions): readonly string[] {
  if (doc !== false && !isObject(doc)) return [`its doc is ${typeof doc}; write { summary: '…' }, or false`]
  if (!isObject(responses)) return [`its responses are ${typeof responses}; write { 201: Note }`]
  return [
    ...unknownNames('doc', doc === false ? {} : doc, DOC_NAMES),
    ...Object.entries(responses).flatMap(([status, value]) => responseProblems(status, value)),
  ]
}

const DOC_NAMES: ReadonlySet<string> = new Set<keyof RouteDoc>([
  ...(['summary', 'description', 'tags', 'deprecated', 'security'] as const),
])
const RESPONSE_NAMES: ReadonlySet<string> = new Set<keyof ResponseDescription>([
  ...(['description', 'schema', 'type', 'headers'] as const),
])

function responseProblems(status: string, value: unknown): readonly string[] {
  if (!/^[1-5]\d\d$/.test(status)) return [`its responses have ${status}, which is no status`]
  if (isSchema(value) || typeof value === 'string' || typeof value === 'function') return []
  if (isObject(value)) return unknownNames(`responses.${status}`, value, RESPONSE_NAMES)
  return [`its responses.${status} is ${typeof value}; give a schema, problem, a text or { description, schema }`]
}

function unknownNames(where: string, value: object, names: ReadonlySet<string>): readonly string[] {
  const unknown = Object.keys(value).filter((name) => !names.has(name))
  return unknown.map((name) => `its ${where} has ${name}; there are ${[...names].join(', ')}`)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
