/** The public exports of the framework: each type in a signature has a public name, and each export is described. */
import ts from 'typescript59'
import { describe, expect, it } from 'vitest'
import { type PublicExport, publicApi } from '../support/public-api.ts'

const { checker, exports } = publicApi(['contract', 'framework'])
const own = exports.filter(({ entry }) => entry.startsWith('@tsgi/framework'))
const publicSymbols = new Set(exports.map(({ symbol }) => symbol))

/** Types of ours without a public name, in what a user sees of a declaration: signatures and members, not their bodies. */
function hiddenTypes({ symbol, isTypeOnly }: PublicExport): readonly string[] {
  const found: string[] = []
  const overloads = symbol.declarations?.filter((node) => ts.isFunctionDeclaration(node)) ?? []
  const visit = (node: ts.Node): void => {
    if (isInside(node) || (isTypeOnly && ts.isConstructorDeclaration(node))) return
    if (overloads.length > 1 && ts.isFunctionDeclaration(node) && node.body !== undefined) return
    if (ts.isTypeReferenceNode(node)) {
      const hidden = hiddenName(node)
      if (hidden !== undefined) found.push(hidden)
    }
    ts.forEachChild(node, visit)
  }
  for (const node of symbol.declarations ?? []) visit(node)
  return found
}

/** A body, an initial value, a private member, or how a type is worked out: no part of what a user sees. */
function isInside(node: ts.Node): boolean {
  if (ts.isBlock(node) || ts.isConditionalTypeNode(node) || ts.isMappedTypeNode(node) || ts.isHeritageClause(node))
    return true
  return ts.isExpression(node) || (ts.isClassElement(node) && node.name !== undefined && isPrivate(node))
}

function isPrivate(node: ts.ClassElement): boolean {
  return (
    (node.name !== undefined && ts.isPrivateIdentifier(node.name)) ||
    (ts.canHaveModifiers(node) && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) === true)
  )
}

function hiddenName(node: ts.TypeReferenceNode): string | undefined {
  const found = checker.getSymbolAtLocation(node.typeName)
  const symbol = found && found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found
  if (symbol === undefined || symbol.flags & ts.SymbolFlags.TypeParameter || publicSymbols.has(symbol)) return undefined
  const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? ''
  return /\/packages\/\w+\/src\//.test(file) ? symbol.name : undefined
}

function label({ entry, name }: PublicExport): string {
  return `${entry}: ${name}`
}

describe('a public export', () => {
  it('names only types that are public too', () => {
    const hidden = own.flatMap((each) => hiddenTypes(each).map((type) => `${label(each)} names ${type}`))
    expect(hidden).toEqual([])
  })

  it('is described where an editor looks: on its own declaration', () => {
    const blank = own.filter(({ symbol }) => symbol.getDocumentationComment(checker).length === 0)
    expect(blank.map(label)).toEqual([])
  })
})
