/**
 * Typed values that a middleware gives to views: each has a key, and its place is the environ under the name of the key.
 * Knows environs and names; knows no value.
 */
import type { Environ, Middleware } from '@tsgi/contract'

/** A place in the environ for one value, made by `key`. */
export interface Key<Value> {
  /** Its name in the environ: `shop.user`. */
  readonly key: string
  /** The value. @throws TypeError if no middleware has set it; the message names the key. */
  get(environ: Environ): Value
  /** The value; undefined if no middleware has set it. */
  find(environ: Environ): Value | undefined
  /** For the middleware that makes the value. */
  set(environ: Environ, value: Value): void
}

/** A middleware that makes a value, and the key for it: `request.get(session)`. */
export type KeyedMiddleware<Value> = Middleware & Omit<Key<Value>, 'set'>

/**
 * A key for values that a middleware gives to views.
 * @param name `vendor.name`, in lower case; two keys with one name are the same place.
 * @param setBy what sets it, for the message where it was not set.
 * @throws TypeError for a name of another form, or one of the contract.
 * @example
 * const user = key<User>('shop.user')
 * const signedIn: Middleware = (application) => (environ, startResponse) => {
 *   user.set(environ, { name: 'ada' })
 *   return application(environ, startResponse)
 * }
 * get('/me', (request) => request.get(user).name)
 */
export function key<Value>(name: string, setBy = 'the middleware that sets it'): Key<Value> {
  if (!NAME.test(name)) throw new TypeError(`key: ${JSON.stringify(name)} is no name; write vendor.name, in lower case`)
  if (/^(?:wsgi|wsgiorg|tsgi)\./.test(name))
    throw new TypeError(`key: ${name} is a name of the contract; take a vendor of your own`)
  return {
    key: name,
    get: (environ) => {
      if (!(name in environ)) {
        throw new TypeError(
          `the key ${name} has no value; put ${setBy} around this route, its group or the application`,
        )
      }
      return environ[name] as Value // put there by `set`, which takes nothing else
    },
    find: (environ) => environ[name] as Value | undefined,
    set: (environ, value) => {
      environ[name] = value
    },
  }
}

const NAME = /^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+$/
