/** The rules of the house for a single file: its size, its name, how it begins, what it may not hold. */
import { basename } from 'node:path'
import { type SourceFile, withoutComments } from './source-tree.ts'

const MAX_LINES = 400

/** One line for each breach. */
export function findStyleBreaches(sources: readonly SourceFile[]): readonly string[] {
  return sources.flatMap((source) => RULES.flatMap((rule) => rule(source)).map((breach) => `${source.path} ${breach}`))
}

type Rule = (source: SourceFile) => readonly string[]

const RULES: readonly Rule[] = [
  fitsOnItsPages,
  isNamedAfterANoun,
  opensWithItsRule,
  hidesNothingFromTheCompiler,
  onlyReExports,
]

function fitsOnItsPages({ text }: SourceFile): readonly string[] {
  const lines = text.split('\n').length - 1
  return lines > MAX_LINES ? [`has ${lines} lines; ${MAX_LINES} at most`] : []
}

function isNamedAfterANoun({ path }: SourceFile): readonly string[] {
  return /^(?:utils?|helpers?|misc|common|shared)\.ts$/.test(basename(path))
    ? ['is a drawer; name it after what it is']
    : []
}

function opensWithItsRule({ text }: SourceFile): readonly string[] {
  return /^(?:#!.*\n)?\/\*\*/.test(text) ? [] : ['does not open with its rule']
}

function hidesNothingFromTheCompiler({ text }: SourceFile): readonly string[] {
  const code = withoutComments(text)
  const found = [
    /@ts-(?:ignore|nocheck)/.test(text) ? 'silences the compiler with @ts-ignore' : '',
    /(?:[:<|&,(=]|\bas|\bkeyof)\s*any\b(?!['"\w])/.test(code) ? 'uses any' : '',
    /[\w)\]]!(?:\.|\[|;|\)|,|$)/m.test(withoutStrings(code)) ? 'asserts with ! that something is there' : '',
    /\b(?:eval|new Function)\s*\(/.test(withoutStrings(code)) ? 'makes code at run time' : '',
  ]
  return found.filter((breach) => breach !== '')
}

function withoutStrings(code: string): string {
  return code.replace(
    /'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g,
    "''",
  )
}

/** A door: what is behind it is never imported through it from within. */
function onlyReExports({ path, text }: SourceFile): readonly string[] {
  if (!/^packages\/[^/]+\/src\/index\.ts$/.test(path)) return []
  const rest = withoutComments(text).replace(
    /^export\s+(?:type\s+)?(?:\{[^}]*\}|\*(?:\s+as\s+\w+)?)\s*from\s*'[^']+'$/gm,
    '',
  )
  return rest.trim() === '' ? [] : [`does more than re-export: ${rest.trim().split('\n', 1)[0]}`]
}

/** Files that import a package's own door: the way to a cycle. */
export function findImportsOfDoors(sources: readonly SourceFile[]): readonly string[] {
  return sources.flatMap(({ path, imports }) => {
    const door = imports.find(({ target }) => /^packages\/[^/]+\/src\/index\.ts$/.test(target))
    return door === undefined ? [] : [`${path} imports ${door.target} from within`]
  })
}
