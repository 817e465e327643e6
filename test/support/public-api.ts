/**
 * The public exports of a package as a compiler sees them: by entry of `exports`, each with its symbol. Knows TypeScript's
 * API (5.9, the last one with an API in JavaScript) and package.json; judges nothing.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript59'
import { ROOT } from './command.ts'

/** One public name. */
export interface PublicExport {
  /** `@tsgi/framework/testing` */
  readonly entry: string
  readonly name: string
  /** Never an alias: what the name stands for. */
  readonly symbol: ts.Symbol
  /** Whether it is exported as a type only, so that nobody outside can construct it. */
  readonly isTypeOnly: boolean
}

export interface PublicApi {
  readonly checker: ts.TypeChecker
  readonly exports: readonly PublicExport[]
}

/** Compiles the entries of some packages, from their sources. */
export function publicApi(packages: readonly string[]): PublicApi {
  const entries = packages.flatMap(entriesOf)
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    compilerOptions(),
  )
  const checker = program.getTypeChecker()
  const exports = entries.flatMap(({ entry, file }) => {
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    if (module === undefined) throw new Error(`${file} is no module`)
    return checker.getExportsOfModule(module).map((symbol) => ({
      entry,
      name: symbol.name,
      symbol: symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
      isTypeOnly: symbol.declarations?.some(isTypeExport) ?? false,
    }))
  })
  return { checker, exports }
}

function isTypeExport(node: ts.Node): boolean {
  return ts.isExportSpecifier(node) && (node.isTypeOnly || node.parent.parent.isTypeOnly)
}

/** The options of the workspace, for one compiler. */
export function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT)
  return { ...options, noEmit: true, allowImportingTsExtensions: true }
}

function entriesOf(name: string): readonly { readonly entry: string; readonly file: string }[] {
  const folder = join(ROOT, 'packages', name)
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports: Record<string, string | Record<string, string>>
  }
  return Object.entries(exports).flatMap(([entry, target]) => {
    const file = typeof target === 'string' ? target : target.default
    return file?.endsWith('.ts') ? [{ entry: `@tsgi/${name}${entry.slice(1)}`, file: join(folder, file) }] : []
  })
}
