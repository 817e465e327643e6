/**
 * The error of a request whose inputs do not fit the schemas of its route: a status, and what is wrong field by field.
 * Its text comes from the schemas, so a client may read it.
 */
import { HttpError } from '../http/http-error.ts'
import type { SchemaIssue } from './schema.ts'

/** The parts of a request that a route can declare. */
export type InputPart = 'params' | 'query' | 'headers' | 'cookies' | 'body'

/** One thing that is wrong: `{ in: 'query', path: ['page'], message: 'expected number' }`. */
export interface FieldError {
  readonly in: InputPart
  /** Names and positions that lead to the value; empty for the part as a whole. */
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** 422 for a body that can be read but not acted upon (RFC 9110 §15.5.21), 400 for every other part. */
export class ValidationError extends HttpError {
  override readonly name = 'ValidationError'
  /** In the order of the schemas; at most 100 of them. */
  readonly errors: readonly FieldError[]

  constructor(status: 400 | 422, errors: readonly FieldError[]) {
    super(status, status === 422 ? 'The body is not valid' : 'The request is not valid')
    this.errors = errors.slice(0, MAX_ERRORS)
  }
}

// What a client sent comes back in paths and messages: both are bounded, so that no response is much longer than its request.
const MAX_ERRORS = 100
const MAX_TEXT_LENGTH = 200

/** The issues of a schema as errors of one part of the request. */
export function fieldErrors(part: InputPart, issues: readonly SchemaIssue[]): FieldError[] {
  return issues.slice(0, MAX_ERRORS).map(({ message, path = [] }) => ({
    in: part,
    path: path.map((step) => nameOf(typeof step === 'object' ? step.key : step)),
    message: shortened(message),
  }))
}

function nameOf(key: PropertyKey): string | number {
  return typeof key === 'number' ? key : shortened(String(key))
}

function shortened(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH)}…`.toWellFormed()
}
