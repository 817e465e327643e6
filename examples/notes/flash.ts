/**
 * A message for the next page a person sees: "The note was saved." It rides in a signed cookie, so that nobody else can
 * put words into our mouth, and any worker can read it. Knows cookies; no pages.
 */
import { deleteCookie, type Request, type SignedCookies } from '@tsgi/framework'

const NAME = 'flash'

/** Requests of any route will do. */
type Asked = Pick<Request, 'environ' | 'cookies'>

export class Flash {
  readonly #cookies: SignedCookies

  constructor(cookies: SignedCookies) {
    this.#cookies = cookies
  }

  /** The header that goes with a redirect. A message that nobody fetches is gone after a minute. */
  set(request: Asked, message: string): Promise<readonly [name: 'Set-Cookie', value: string]> {
    return this.#cookies.set(request, NAME, message, { maxAge: 60, sameSite: 'strict' })
  }

  /** The message, and the header that takes it away, as it is shown once. */
  async take(request: Asked) {
    const message = await this.#cookies.read(request, NAME)
    return message === undefined ? undefined : { message, forget: deleteCookie(request, NAME) }
  }
}
