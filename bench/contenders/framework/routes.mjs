// The thirty routes that every framework gets, in the words of its own patterns.
import { readFileSync } from 'node:fs'

const set = JSON.parse(readFileSync(new URL('../../routes/memoirist30.json', import.meta.url), 'utf8'))

/** @param wildcard how the framework writes a last `*`. */
export function paths(wildcard) {
  return set.routes.map(({ path }) => path.replace(/\*$/, wildcard))
}
