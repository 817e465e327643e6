/** What a row expects, as one-line errors: what, what came, what was expected. Depends on no test runner. */

/** A row that did not get what it expects. */
export class UnexpectedError extends Error {
  override name = 'UnexpectedError'
}

/** Compares plain data. @throws UnexpectedError */
export function equal(actual: unknown, expected: unknown, what: string): void {
  const [came, wanted] = [textOf(actual), textOf(expected)]
  if (came !== wanted) throw new UnexpectedError(`${what}: expected ${wanted}, got ${came}`)
}

/** @throws UnexpectedError */
export function check(condition: boolean, message: string): void {
  if (!condition) throw new UnexpectedError(message)
}

/** One of these. @throws UnexpectedError */
export function oneOf(actual: unknown, expected: readonly unknown[], what: string): void {
  if (!expected.some((each) => textOf(each) === textOf(actual)))
    throw new UnexpectedError(`${what}: expected one of ${textOf(expected)}, got ${textOf(actual)}`)
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text
}
