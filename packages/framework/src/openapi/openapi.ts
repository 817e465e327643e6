/**
 * `@tsgi/framework/openapi`: the document (OpenAPI 3.1, 3.2) of an application, read out of its table. Nothing is
 * registered and nothing is written twice. This file puts the parts of the document together.
 */
import { refuseUnknown } from '../option-names.ts'
import { bodyOf, responsesOf } from './bodies.ts'
import { Components } from './components.ts'
import type {
  OpenApiComponents,
  OpenApiDocument,
  OpenApiInfo,
  OpenApiOperation,
  OpenApiPathItem,
  OpenApiResponse,
  OpenApiSecurity,
  OpenApiSecurityScheme,
  OpenApiServer,
  OpenApiTag,
} from './document.ts'
import { type DescribedApplication, type FoundOperation, type FoundPath, findPaths, isDescribed } from './operations.ts'
import { parametersOf } from './parameters.ts'

export type * from './document.ts'
export type { JsonSchema } from './json-schema.ts'
export type { DescribedApplication } from './operations.ts'

/** What a document says beside the table. */
export interface OpenApiOptions {
  /** Of OpenAPI. 3.2 describes QUERY and other methods, and the events of a stream. @default '3.1' */
  readonly version?: '3.1' | '3.2'
  /** Where the application is. @default the place of the document */
  readonly servers?: readonly OpenApiServer[]
  /** Describes what this host answers. @default all hosts; the same path at two of them is an error then */
  readonly host?: string
  /** Ways for a client to show who it is, by name. */
  readonly securitySchemes?: Readonly<Record<string, OpenApiSecurityScheme>>
  /** What each route needs that does not say otherwise in its `doc`. */
  readonly security?: OpenApiSecurity
  /** Prose for the tags of the routes. */
  readonly tags?: readonly OpenApiTag[]
  /** Whether errors are described as problems (RFC 9457). `false` where `errorPage` sends something else. @default true */
  readonly problems?: boolean
}

const NAMES: ReadonlySet<string> = new Set<keyof OpenApiOptions>([
  ...(['version', 'servers', 'host', 'securitySchemes', 'security', 'tags', 'problems'] as const),
])

/** The versions that are written. */
const VERSIONS = { '3.1': '3.1.1', '3.2': '3.2.0' } as const

/**
 * The OpenAPI document of an application: its routes, groups, hosts, and the Applications that are mounted in it. The same
 * table gives the same document.
 * @throws TypeError one line, for what cannot be described: an unknown option, one path at two hosts, an undeclared scheme.
 * @example JSON.stringify(openapi(application, { title: 'Notes', version: '1.0.0' }))
 */
export function openapi(
  application: DescribedApplication,
  info: OpenApiInfo,
  options: OpenApiOptions = {},
): OpenApiDocument {
  check(application, info, options)
  const { version = '3.1', servers, security, securitySchemes, tags, host, problems = true } = options
  const components = new Components()
  const shared = new Map<string, OpenApiResponse>()
  const writer = new OperationWriter(components, { version, hasProblems: problems, shared }, options)
  const paths = findPaths(application, host).flatMap((found): [string, OpenApiPathItem][] => {
    const item = writer.pathItem(found)
    return Object.keys(item).length === 0 ? [] : [[found.path, item]]
  })
  const schemas = components.usedBy(paths, ...shared.values())
  const parts: OpenApiComponents = {
    ...(Object.keys(schemas).length > 0 && { schemas }),
    ...(shared.size > 0 && { responses: Object.fromEntries([...shared].sort(([a], [b]) => (a < b ? -1 : 1))) }),
    ...(securitySchemes !== undefined && { securitySchemes }),
  }
  return {
    openapi: VERSIONS[version],
    info,
    ...(servers !== undefined && { servers }),
    ...(tags !== undefined && { tags }),
    paths: Object.fromEntries(paths),
    ...(Object.keys(parts).length > 0 && { components: parts }),
    ...(security !== undefined && { security }),
  }
}

function check(application: unknown, info: OpenApiInfo, options: OpenApiOptions): void {
  if (!isDescribed(application))
    throw new TypeError('openapi: this is no Application; give the one that has the routes, without what is around it')
  refuseUnknown('openapi', options, NAMES)
  if (typeof info?.title !== 'string' || typeof info.version !== 'string')
    throw new TypeError("openapi: the info has no title and version; write { title: 'Notes', version: '1.0.0' }")
  if (options.version !== undefined && !Object.hasOwn(VERSIONS, options.version))
    throw new TypeError(`openapi: there is no version ${String(options.version)}; there are 3.1 and 3.2`)
  requireSchemes(options.security ?? [], options, 'the option security')
}

/** @throws TypeError for the name of a scheme that is not declared. */
function requireSchemes(security: OpenApiSecurity, { securitySchemes = {} }: OpenApiOptions, place: string): void {
  const unknown = security.flatMap((each) => Object.keys(each)).find((name) => !Object.hasOwn(securitySchemes, name))
  if (unknown !== undefined)
    throw new TypeError(`openapi: ${place} names ${JSON.stringify(unknown)}, which securitySchemes do not declare`)
}

/** Methods that a path item has a place for. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'])

/** Writes operations; each id is given once. */
class OperationWriter {
  readonly #components: Components
  readonly #rules: Parameters<typeof responsesOf>[2]
  readonly #options: OpenApiOptions
  readonly #ids = new Set<string>()

  constructor(components: Components, rules: Parameters<typeof responsesOf>[2], options: OpenApiOptions) {
    this.#components = components
    this.#rules = rules
    this.#options = options
  }

  /** 3.1 has no place for QUERY and methods of one's own: they are left out there. */
  pathItem({ operations, names }: FoundPath): OpenApiPathItem {
    const item: Record<string, unknown> = {}
    const others: Record<string, unknown> = {}
    const isNew = this.#rules.version === '3.2'
    for (const [method, found] of operations) {
      if (METHODS.has(method) || (method === 'QUERY' && isNew))
        item[method.toLowerCase()] = this.#operation(found, names)
      else if (isNew) others[method] = this.#operation(found, names)
    }
    if (Object.keys(others).length > 0) item.additionalOperations = others
    return item as OpenApiPathItem // members by method, as they were put in above
  }

  #operation({ route, method, host, template }: FoundOperation, names: readonly string[]): OpenApiOperation {
    const { options } = route
    const doc = options.doc === false ? {} : (options.doc ?? {})
    if (doc.security !== undefined) requireSchemes(doc.security, this.#options, `${route.place}.doc`)
    // First, so that what goes out has the plain name of a schema.
    const responses = responsesOf(options, this.#components, this.#rules)
    const parameters = parametersOf(options, template, names, this.#components)
    const requestBody = bodyOf(options, this.#components)
    const id = route.name === undefined ? undefined : this.#id(route.name, method)
    const isPinned = host !== undefined && this.#options.host === undefined
    const { tags, summary, description, deprecated, security } = doc
    return {
      ...(tags !== undefined && { tags }),
      ...(summary !== undefined && { summary }),
      ...(description !== undefined && { description }),
      ...(id !== undefined && { operationId: id }),
      ...(parameters.length > 0 && { parameters }),
      ...(requestBody !== undefined && { requestBody }),
      responses,
      ...(deprecated !== undefined && { deprecated }),
      ...(security !== undefined && { security }),
      ...(isPinned && { servers: [serverAt(host)] }),
    }
  }

  /** The name of the route; with more where several methods, paths or mounts have it. */
  #id(name: string, method: string): string {
    const candidates = [name, `${name}_${method.toLowerCase()}`]
    for (let i = 0; ; i++) {
      const id = candidates[i] ?? `${name}_${i}`
      if (this.#ids.has(id)) continue
      this.#ids.add(id)
      return id
    }
  }
}

/** The scheme is that of the document. */
function serverAt(host: string): OpenApiServer {
  if (!host.startsWith('*.')) return { url: `//${host}` }
  return { url: `//{label}${host.slice(1)}`, variables: { label: { default: 'www' } } }
}
