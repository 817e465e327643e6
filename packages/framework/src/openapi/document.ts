/** The parts of an OpenAPI document (3.1, 3.2) that are written here, as types. Types only. */
import type { JsonSchema } from './json-schema.ts'

/** What the document is about (§4.8.2). */
export interface OpenApiInfo {
  readonly title: string
  /** Of the described application. */
  readonly version: string
  readonly summary?: string
  /** CommonMark. */
  readonly description?: string
  readonly termsOfService?: string
  readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string }
  readonly license?: { readonly name: string; readonly identifier?: string; readonly url?: string }
}

/** Where the application is (§4.8.5). */
export interface OpenApiServer {
  /** Absolute, or relative to the place of the document. */
  readonly url: string
  readonly description?: string
  readonly variables?: Readonly<Record<string, { readonly default: string; readonly description?: string }>>
}

/** Names of security schemes with scopes (§4.8.30). */
export type OpenApiSecurity = readonly Readonly<Record<string, readonly string[]>>[]

/** A document (§4.8.1). */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: OpenApiInfo
  readonly servers?: readonly OpenApiServer[]
  readonly tags?: readonly OpenApiTag[]
  readonly paths: Readonly<Record<string, OpenApiPathItem>>
  readonly components?: OpenApiComponents
  readonly security?: OpenApiSecurity
}

/** A tag with its prose (§4.8.22). */
export interface OpenApiTag {
  readonly name: string
  readonly description?: string
}

/** What operations refer to (§4.8.7). */
export interface OpenApiComponents {
  readonly schemas?: Readonly<Record<string, JsonSchema>>
  readonly responses?: Readonly<Record<string, OpenApiResponse>>
  readonly securitySchemes?: Readonly<Record<string, OpenApiSecurityScheme>>
}

/** How a client shows who it is (§4.8.27). */
export type OpenApiSecurityScheme =
  | { readonly type: 'http'; readonly scheme: string; readonly bearerFormat?: string; readonly description?: string }
  | {
      readonly type: 'apiKey'
      readonly in: 'query' | 'header' | 'cookie'
      readonly name: string
      readonly description?: string
    }
  | { readonly type: 'openIdConnect'; readonly openIdConnectUrl: string; readonly description?: string }
  | { readonly type: 'oauth2'; readonly flows: Readonly<Record<string, unknown>>; readonly description?: string }
  | { readonly type: 'mutualTLS'; readonly description?: string }

/** Operations by method in lower case (§4.8.9); in 3.2 others under `additionalOperations`. */
export type OpenApiPathItem = Readonly<Record<string, OpenApiOperation>> & {
  readonly additionalOperations?: never
}

/** One method at one path (§4.8.10). */
export interface OpenApiOperation {
  readonly tags?: readonly string[]
  readonly summary?: string
  readonly description?: string
  readonly operationId?: string
  readonly parameters?: readonly OpenApiParameter[]
  readonly requestBody?: OpenApiBody
  readonly responses: Readonly<Record<string, OpenApiResponse | OpenApiReference>>
  readonly deprecated?: boolean
  readonly security?: OpenApiSecurity
  readonly servers?: readonly OpenApiServer[]
}

/** A reference to a component (§4.8.23). */
export interface OpenApiReference {
  readonly $ref: string
}

/** A value that comes beside the body (§4.8.12). */
export interface OpenApiParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header' | 'cookie'
  readonly required: boolean
  readonly description?: string
  readonly deprecated?: boolean
  readonly schema: JsonSchema
  readonly style?: string
  readonly explode?: boolean
}

/** A body that comes (§4.8.13). */
export interface OpenApiBody {
  readonly required: boolean
  readonly content: Readonly<Record<string, OpenApiMedia>>
}

/** A response (§4.8.17). */
export interface OpenApiResponse {
  readonly description: string
  readonly headers?: Readonly<Record<string, { readonly description?: string; readonly schema: JsonSchema }>>
  readonly content?: Readonly<Record<string, OpenApiMedia>>
}

/** What a body of one media type holds (§4.8.14). */
export interface OpenApiMedia {
  readonly schema?: JsonSchema
  /** Of each item of a stream, in 3.2. */
  readonly itemSchema?: JsonSchema
}
