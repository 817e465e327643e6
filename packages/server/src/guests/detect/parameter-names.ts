/**
 * What the names of a function's parameters say about its interface. Only a hint for the first line of the command: a
 * function is never refused or called differently because of it. Knows source text; calls nothing.
 */

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/^(?:req|request|incoming|incomingMessage),(?:res|response|outgoing|serverResponse)(?:,|$)/i, 'node'],
  [/^(?:req|request)(?:,(?:env|ctx|context|info|server)(?:,|$)|$)/i, 'fetch'],
]

/** @returns `''`, or a part of a sentence that names the way out: the `--interface` to try, or the `()` of a factory. */
export function parameterHint(application: (...given: never[]) => unknown): string {
  const source = Function.prototype.toString.call(application)
  if (isFactory(source)) return '; if it is a factory, as it has no parameters, add () to its name'
  const names = parameterNames(source)
  const found = HINTS.find(([pattern]) => pattern.test(names))
  return found === undefined ? '' : `; if it is not, as its parameters (${names}) suggest, say --interface ${found[1]}`
}

/** Nothing comes in: neither a parameter, nor `arguments`. */
function isFactory(source: string): boolean {
  return (
    /^(?:async\s+)?(?:function\b[^(]*\(\s*\)|\(\s*\)\s*=>)/.test(source) &&
    !/\barguments\b|\[native code\]/.test(source)
  )
}

/** `request,response` of `async (request, response) => …`; `''` where they are not plain names. */
function parameterNames(source: string): string {
  const head =
    /^(?:async\s+)?(?:function\b[^(]*\(([^()]*)\)|\(([^()]*)\)\s*=>|([\w$]+)\s*=>|[\w$]+\s*\(([^()]*)\)\s*\{)/.exec(
      source,
    )
  const names = (head?.[1] ?? head?.[2] ?? head?.[3] ?? head?.[4] ?? '').replaceAll(/\s/g, '').replace(/,$/, '')
  return /^[\w$,]*$/.test(names) ? names : ''
}
