/**
 * Patterns over the files of a root, for options that differ by file: `*` and `?` within a name, `**` across folders,
 * `{a,b}` for either. A pattern without a slash is about the file's name, one with a slash about its path below the root.
 */

/** @throws Error one line, for a pattern that cannot be read. */
export function filePattern(pattern: string): (path: string) => boolean {
  const whole = pattern.includes('/')
  const text = pattern.startsWith('/') ? pattern.slice(1) : pattern
  const expression = new RegExp(`^${translate(text, pattern)}$`, 'su')
  return (path) => expression.test(whole ? path : path.slice(path.lastIndexOf('/') + 1))
}

/**
 * A value that differs by file: one for all, a table from pattern to value (first match wins), or a function of the path, which
 * is asked once for a version of a file that is kept in memory.
 */
export type PerFile = string | Readonly<Record<string, string>> | FileRules | ((path: string) => string | undefined)

/** @returns a function from a file's path below its root to its value. @throws Error one line. */
export function perFile(option: PerFile): (path: string) => string | undefined {
  if (typeof option === 'function') return option
  if (typeof option === 'string') return () => option
  const rules = rulesOf(option).map(([pattern, value]) => ({ matches: filePattern(pattern), value }))
  return (path) => rules.find((rule) => rule.matches(path))?.value
}

/** Every value an option may give that is known beforehand. */
export function valuesOf(option: PerFile): readonly string[] {
  if (typeof option === 'function') return []
  return typeof option === 'string' ? [option] : rulesOf(option).map(([, value]) => value)
}

/** Patterns with their values, in order: the first that matches counts. */
export type FileRules = readonly (readonly [pattern: string, value: string])[]

function rulesOf(option: FileRules | Readonly<Record<string, string>>): FileRules {
  return isRules(option) ? option : Object.entries(option)
}

// Array.isArray alone does not narrow a readonly array.
function isRules(option: FileRules | Readonly<Record<string, string>>): option is FileRules {
  return Array.isArray(option)
}

function translate(text: string, pattern: string): string {
  return text.replace(/\*\*\/?|\{[^{}]*\}|[\s\S]/gu, (token) => translateToken(token, pattern))
}

function translateToken(token: string, pattern: string): string {
  if (token === '**/') return '(?:.*/)?'
  if (token === '**') return '.*'
  if (token === '*') return '[^/]*'
  if (token === '?') return '[^/]'
  if (token.length > 2)
    return `(?:${token
      .slice(1, -1)
      .split(',')
      .map((part) => translate(part, pattern))
      .join('|')})`
  if (token.startsWith('{') || token === '}') {
    throw new Error(
      `bad file pattern ${JSON.stringify(pattern)}: unpaired or empty "${token}"; write "{a,b}", not nested`,
    )
  }
  return token.replace(/[\\^$.+()[\]|/]/u, '\\$&')
}
