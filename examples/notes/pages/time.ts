/** A time as people and programs read it. */
import { type Markup, markup } from '@tsgi/framework'

/** @param iso UTC. */
export function timeOf(iso: string): Markup {
  return markup`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`
}
