/**
 * A class whose instances are contract applications: each is a function that calls its own `handle`. The function is
 * made here and given the prototype of the class, so `instanceof`, methods, fields and subclasses work as ever.
 */
import type { Application, Body, Environ, StartResponse } from '@tsgi/contract'

/** What a subclass must have: `handle` answers a request. */
interface Handler {
  handle(environ: Environ, startResponse: StartResponse): Body | Promise<Body>
}

abstract class CallableObject implements Handler {
  constructor() {
    const self: Application = (environ, startResponse) => instance.handle(environ, startResponse)
    const instance: Application & Handler = Object.setPrototypeOf(self, new.target.prototype)
    // biome-ignore lint/correctness/noConstructorReturn: the function stands in for the object, for subclasses too
    return instance
  }

  abstract handle(environ: Environ, startResponse: StartResponse): Body | Promise<Body>

  static {
    // An instance is a function, so it keeps call, apply and bind.
    Object.setPrototypeOf(CallableObject.prototype, Function.prototype)
  }
}

/** To be extended. A class cannot say that its instances are functions; the constructor above makes them so. */
export const Callable: abstract new () => Application & Handler =
  CallableObject as unknown as abstract new () => Application & Handler
