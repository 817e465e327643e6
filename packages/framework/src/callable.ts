/**
 * A class whose instances are contract applications: each is a function that calls its own `handle`. The function is
 * made here and given the prototype of the class, so `instanceof`, methods, fields and subclasses work as ever.
 */
import type { Body, Environ, StartResponse } from '@tsgi/contract'

export abstract class Callable {
  constructor() {
    const self = (environ: Environ, startResponse: StartResponse) => instance.handle(environ, startResponse)
    const instance: Callable & typeof self = Object.setPrototypeOf(self, new.target.prototype)
    // biome-ignore lint/correctness/noConstructorReturn: the function stands in for the object, for subclasses too
    return instance
  }

  abstract handle(environ: Environ, startResponse: StartResponse): Body | Promise<Body>

  static {
    // An instance is a function, so it keeps call, apply and bind.
    Object.setPrototypeOf(Callable.prototype, Function.prototype)
  }
}
