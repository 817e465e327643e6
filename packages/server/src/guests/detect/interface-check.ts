/**
 * A function that was taken for a contract application without knowing, until it has proven to be one by calling
 * `startResponse`. If its calls look like another interface's, the error names it. Knows the contract.
 */

import type { Application, Body, Environ, StartResponse } from '@tsgi/contract'
import { hasMethods } from './fetch-shapes.ts'

export function watched(application: Application): Application {
  const watch = new Watch(application)
  return (environ, startResponse) =>
    watch.isProven ? application(environ, startResponse) : watch.call(environ, startResponse)
}

/** The function is another interface's. The client gets 500, the operator this. */
export class InterfaceError extends Error {
  override readonly name = 'InterfaceError'
}

class Watch {
  readonly #application: Application
  isProven = false
  #hasHinted = false

  constructor(application: Application) {
    this.#application = application
  }

  call(environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
    const failed = (error: unknown): never => this.#failed(error, environ)
    try {
      const result: unknown = this.#application(environ, this.#proof(startResponse))
      return result instanceof Promise ? result.then((body) => this.#checked(body), failed) : this.#checked(result)
    } catch (error) {
      return failed(error)
    }
  }

  /** `startResponse`, and an error for a handler that takes it for the response object of Node. */
  #proof(startResponse: StartResponse): StartResponse {
    const proof: StartResponse = (...given) => {
      this.isProven = true
      return startResponse(...given)
    }
    return Object.defineProperties(proof, NODE_RESPONSE)
  }

  #checked(result: unknown): Body {
    if (this.isProven) return result as Body // whether it keeps the contract, its server checks
    if (isResponse(result)) throw wrongInterface('returned a Response, as a fetch handler does', 'fetch')
    if (result === undefined) {
      throw wrongInterface(
        'returned nothing and did not call startResponse, as a (request, response) handler does',
        'node',
      )
    }
    if (isMade(result)) throw new InterfaceError(FACTORY)
    return result as Body // as above
  }

  #failed(error: unknown, environ: Environ): never {
    // What a stranger's parameters come to is a TypeError; any other error is the application's own.
    if (!this.isProven && !this.#hasHinted && error instanceof TypeError) {
      this.#hasHinted = true
      environ['wsgi.errors'].write(
        'the application failed before it called startResponse: if it is no contract application, say what it is with --interface node or --interface fetch\n',
      )
    }
    throw error
  }
}

function wrongInterface(what: string, name: string): InterfaceError {
  return new InterfaceError(
    `the application was taken for a contract application, but it ${what}: start it with --interface ${name}`,
  )
}

const FACTORY =
  'the application was taken for a contract application, but it returned an application, as a factory does: ' +
  'name it with its arguments, as in app.ts:createApp()'

/** A function is no body; nor is what has `fetch()` or `handle()`. */
function isMade(value: unknown): boolean {
  return typeof value === 'function' || hasMethods(value, ['fetch']) || hasMethods(value, ['handle'])
}

function isResponse(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'status' in value && 'headers' in value && 'body' in value
}

/** What handlers use of a `ServerResponse`, and of what frameworks make of it. */
const NODE_RESPONSE: PropertyDescriptorMap = Object.fromEntries(
  ['end', 'write', 'writeHead', 'setHeader', 'statusCode', 'status', 'send', 'json', 'on', 'once'].map((name) => {
    const used = (): never => {
      throw wrongInterface(`used .${name} of its second argument, as a (request, response) handler does`, 'node')
    }
    return [name, { get: used, set: used, configurable: true }]
  }),
)
