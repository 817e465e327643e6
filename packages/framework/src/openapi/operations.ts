/**
 * The paths of an application and what is mounted in it, as operations. Finds routes that OpenAPI cannot tell apart. Knows
 * the table; knows no schemas.
 */
import type { RouteDeclaration } from '../application.ts'
import { asPrefix, NO_PREFIX, namesFor, type PathTemplate, pathOf, shapeOf, templatesOf } from './path-templates.ts'

/** An application, as far as it is described. */
export interface DescribedApplication {
  readonly declarations: readonly RouteDeclaration[]
}

/** A route at one path, for one method. */
export interface FoundOperation {
  readonly method: string
  readonly route: RouteDeclaration
  readonly host: string | undefined
  readonly template: PathTemplate
}

/** All that stands at one path. */
export interface FoundPath {
  readonly path: string
  /** Of its parameters, as all operations at it call them. */
  readonly names: readonly string[]
  readonly operations: Map<string, FoundOperation>
}

/**
 * In the order of the table.
 * @param host describes what one host answers. @default all hosts
 * @throws TypeError for the same method and path at two hosts.
 */
export function findPaths(application: DescribedApplication, host: string | undefined): readonly FoundPath[] {
  const paths = new Map<string, FoundPath>()
  const here = { prefix: NO_PREFIX, host: undefined, depth: 0 }
  for (const operation of operationsIn(application, here)) {
    if (host !== undefined && !answers(operation.host, host)) continue
    const { template, method } = operation
    const shape = shapeOf(template)
    const names = namesFor(template)
    const found = paths.get(shape) ?? { path: pathOf(template, names), names, operations: new Map() }
    paths.set(shape, found)
    const before = found.operations.get(method)
    // Of two at one place the first one answers.
    if (before === undefined) found.operations.set(method, operation)
    else if (host === undefined && before.host !== operation.host) throw twoHosts(found.path, before, operation)
  }
  return [...paths.values()]
}

interface Here {
  readonly prefix: PathTemplate
  readonly host: string | undefined
  readonly depth: number
}

/** More applications inside of each other than anybody mounts. */
const MAX_DEPTH = 16

function* operationsIn({ declarations }: DescribedApplication, here: Here): Generator<FoundOperation> {
  for (const route of declarations) {
    const host = route.host ?? here.host
    if (route.kind === 'mount') {
      if (!isDescribed(route.application) || here.depth >= MAX_DEPTH) continue
      for (const prefix of templatesOf(route.pattern, here.prefix))
        yield* operationsIn(route.application, { prefix: asPrefix(prefix), host, depth: here.depth + 1 })
    } else if (route.kind === 'view' && route.options.doc !== false) {
      for (const template of templatesOf(route.pattern, here.prefix))
        for (const method of route.methods ?? []) yield { method, route, host, template }
    }
  }
}

/** Whether a value has a table; what is wrapped around an application hides it. */
export function isDescribed(value: unknown): value is DescribedApplication {
  return typeof value === 'function' && 'declarations' in value && Array.isArray(value.declarations)
}

/** Whether what is declared for a host is asked for at another name. */
function answers(declared: string | undefined, name: string): boolean {
  if (declared === undefined || declared === name.toLowerCase()) return true
  return declared.startsWith('*.') && name.toLowerCase().replace(/^[^.]+/, '*') === declared
}

function twoHosts(path: string, first: FoundOperation, second: FoundOperation): TypeError {
  const [one, other] = [first, second].map(({ host, route }) => `${host ?? 'every host'} (${route.place})`)
  const host = first.host ?? second.host
  return new TypeError(
    `openapi: ${first.method} ${path} is at ${one} and at ${other}; describe one host: { host: ${JSON.stringify(host)} }`,
  )
}
