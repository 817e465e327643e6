/**
 * Why something does not load, for the one who wrote it: the error's own words in one line with a place in their files, and a
 * stack without Node's frames and ours. Knows stacks, no module.
 */
import { relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Where the packages of this project are, in the workspace and where they are installed. */
const OUR_PACKAGES = fileURLToPath(new URL('../../../', import.meta.url))

/** `SyntaxError: Unexpected token (app.ts:3:7)`: one line, and the place in the user's files that is nearest to its origin. */
export function causeOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const place = placeOf(error)
  return `${text.split('\n')[0]}${place === undefined ? '' : ` (${place})`}`
}

/** The stack, without frames that its reader cannot change. */
export function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined
  return error.stack
    .split('\n')
    .filter((line) => !/^\s+at /.test(line) || !isForeign(line))
    .join('\n')
    .trimEnd()
}

/** `app.ts:3:7`, seen from the working directory: the place in the user's files that is nearest to where the error was made. */
export function placeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const lines = (error.stack ?? '').split('\n').filter((line) => !line.includes('node:internal'))
  const places = lines.flatMap((line) => /(?:file:\/\/)?(\/[^\s()]+?:\d+(?::\d+)?)\)?$/.exec(line)?.[1] ?? [])
  // An error of an installed package is the user's only where they called it.
  const place = places.find((one) => !isForeign(one)) ?? places.find((one) => !one.startsWith(OUR_PACKAGES))
  if (place === undefined) return undefined
  const path = place.replace(/(:\d+)+$/, '')
  return relative(process.cwd(), fileURLToPath(pathToFileURL(path))) + place.slice(path.length)
}

/** The path of the file that a place names. */
export function fileOf(place: string): string {
  return resolve(place.replace(/(:\d+)+$/, ''))
}

function isForeign(line: string): boolean {
  return line.includes('node:') || line.includes('/node_modules/') || line.includes(OUR_PACKAGES)
}
