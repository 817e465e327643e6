/**
 * The environs of a connection's requests. Most of an environ is the same for all requests with the same header
 * section, and all but its body for the same head: keeps the last of each. What trusted proxies say of the client is
 * read here, once per section. Used by the connection and its requests only.
 */
import type { Environ, Input } from '@tsgi/contract'
import {
  type ConnectionFacts,
  EMPTY_INPUT,
  type EnvironTemplate,
  environTemplate,
  makeEnviron,
  repeatEnviron,
} from '@tsgi/gateways/exchange'
import type { HeaderSection } from '../http1/header-section.ts'
import type { RequestHead } from '../http1/request-head.ts'
import { readForwarded } from '../proxy/forwarded.ts'
import type { ForwardedTrust } from '../proxy/forwarded-trust.ts'

export class EnvironCache {
  readonly #facts: ConnectionFacts
  readonly #trusted: ForwardedTrust
  #section: HeaderSection | undefined
  #template: EnvironTemplate | undefined
  #head: RequestHead | undefined
  /** Of a head that has come again: copied, never handed out. */
  #repeated: Environ | undefined

  constructor(facts: ConnectionFacts, trusted: ForwardedTrust) {
    this.#facts = facts
    this.#trusted = trusted
  }

  /** @throws HttpError 400 when a trusted proxy says what cannot be understood. */
  templateFor(section: HeaderSection): EnvironTemplate {
    if (this.#template === undefined || this.#section !== section) {
      this.#template = this.#makeTemplate(section.headers)
      this.#section = section
    }
    return this.#template
  }

  /** @returns a new environ; `undefined` when the path of the target cannot be decoded. */
  make(head: RequestHead, input: Input): Environ | undefined {
    const { method, target, protocol, section } = head
    if (this.#head !== head) {
      this.#head = head
      this.#repeated = undefined
      return makeEnviron(this.templateFor(section), { method, target, protocol, input })
    }
    this.#repeated ??= makeEnviron(this.templateFor(section), { method, target, protocol, input: EMPTY_INPUT })
    return this.#repeated === undefined ? undefined : repeatEnviron(this.#repeated, input)
  }

  /** Keeps nothing of the request before. */
  forget(): void {
    this.#section = this.#template = this.#head = this.#repeated = undefined
  }

  #makeTemplate(headers: readonly string[]): EnvironTemplate {
    const facts = this.#facts
    const seen = readForwarded(headers, facts.remoteAddr, facts.remotePort, this.#trusted)
    const { remoteAddr, remotePort, scheme = facts.scheme } = seen
    return environTemplate(seen.headers, { ...facts, remoteAddr, remotePort, scheme })
  }
}
