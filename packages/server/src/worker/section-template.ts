/**
 * The environ template of a connection: most of an environ is the same for all requests with the same header section.
 * Keeps the last one. Used by the connection only.
 */
import { type ConnectionFacts, type EnvironTemplate, environTemplate } from '../exchange/environ.ts'
import type { HeaderSection } from '../http1/header-section.ts'

export class SectionTemplate {
  readonly #facts: ConnectionFacts
  #section: HeaderSection | undefined
  #template: EnvironTemplate | undefined

  constructor(facts: ConnectionFacts) {
    this.#facts = facts
  }

  for(section: HeaderSection): EnvironTemplate {
    if (this.#template === undefined || this.#section !== section) {
      this.#template = environTemplate(section.headers, this.#facts)
      this.#section = section
    }
    return this.#template
  }
}
