/**
 * The environ template of a connection: most of an environ is the same for all requests with the same header section.
 * Keeps the last one; what trusted proxies say of the client is read here, once per section. Used by the connection only.
 */
import { type ConnectionFacts, type EnvironTemplate, environTemplate } from '../exchange/environ.ts'
import type { HeaderSection } from '../http1/header-section.ts'
import { readForwarded } from '../peer/forwarded.ts'
import type { TrustedPeers } from '../peer/trusted-peers.ts'

export class SectionTemplate {
  readonly #facts: ConnectionFacts
  readonly #trusted: TrustedPeers
  #section: HeaderSection | undefined
  #template: EnvironTemplate | undefined

  constructor(facts: ConnectionFacts, trusted: TrustedPeers) {
    this.#facts = facts
    this.#trusted = trusted
  }

  /** @throws HttpError 400 when a trusted proxy says what cannot be understood. */
  for(section: HeaderSection): EnvironTemplate {
    if (this.#template === undefined || this.#section !== section) {
      this.#template = this.#make(section.headers)
      this.#section = section
    }
    return this.#template
  }

  #make(headers: readonly string[]): EnvironTemplate {
    const facts = this.#facts
    const seen = readForwarded(headers, facts.remoteAddr, facts.remotePort, this.#trusted)
    const { remoteAddr, remotePort, scheme = facts.scheme } = seen
    return environTemplate(seen.headers, { ...facts, remoteAddr, remotePort, scheme })
  }
}
