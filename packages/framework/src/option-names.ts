/**
 * Names of options: a misspelt one that no compiler has seen is an error where the options are given. Knows no option.
 */

/**
 * @param where who takes them, for the message.
 * @throws TypeError one line, for a value that is no object, or for an unknown name.
 */
export function refuseUnknown(where: string, options: unknown, names: ReadonlySet<string>): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`${where}: the options are ${typeOf(options)}, not an object`)
  const unknown = Object.keys(options).find((name) => !names.has(name))
  if (unknown === undefined) return
  throw new TypeError(`${where}: unknown option "${unknown}"; there are ${[...names].join(', ')}`)
}

/** What a value is, for messages. */
export function typeOf(value: unknown): string {
  return value === null ? 'null' : typeof value
}
