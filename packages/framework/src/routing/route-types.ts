/**
 * The request and the result of a view, as types inferred from its pattern and schemas. Types only. Each route is typed
 * on its own and nothing is chained, so the cost of a table grows with its length and no faster.
 */
import type { Application as ContractApplication, Middleware } from '@tsgi/contract'
import type { HttpError } from '../http/http-error.ts'
import type { ParamsOf } from '../http/path-params.ts'
import type { FormOptions } from '../request/form.ts'
import type { Request } from '../request/request.ts'
import type { ViewResult } from '../response/respond.ts'
import type { Response } from '../response/response.ts'
import type { ResponseDocs } from '../validation/declared-responses.ts'
import type { AnySchema, OutputOf, RouteSchemas } from '../validation/schema.ts'
import type { ValidationError } from '../validation/validation-error.ts'

/** What a route declares beside its pattern: a name, its schemas, its limits. */
export interface RouteOptions extends RouteSchemas {
  /** For `application.urlFor`; one route in a list may have it. */
  readonly name?: string
  /** Answers in place of the view where the inputs do not fit. Default: as any other error of the application. */
  readonly onInvalid?: InvalidView
  /** The most bytes of a body that this route reads. @default the application's */
  readonly bodyLimit?: number
  /**
   * Around this route alone, outermost first, inside those of its groups. They see the request before its schemas do, and
   * what the view responds, errors too.
   */
  readonly middleware?: readonly Middleware[]
  /** How a `body` schema gets a form: its limits, and where files are kept. */
  readonly form?: FormOptions
  /** What descriptions of the application say of the route; `false` leaves it out of them. */
  readonly doc?: RouteDoc | false
  /**
   * Responses by status. A schema writes the JSON of that status, in place of `response`.
   * @example `responses: { 201: Note, 404: problem, 409: 'The title is taken' }`
   */
  readonly responses?: ResponseDocs
}

/** Prose about a route, for people who call it (OpenAPI 3.1 §4.8.10). */
export interface RouteDoc {
  /** One line. */
  readonly summary?: string
  /** CommonMark. */
  readonly description?: string
  readonly tags?: readonly string[]
  readonly deprecated?: boolean
  /** One of these is needed: names of `securitySchemes`, with scopes. `[]` for none. */
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
}

/**
 * Shows what is wrong: a form again, with what was typed. What it returns is sent with the status of the error unless
 * it says another; to leave the error to the application, it throws it.
 * @param request as it was sent, nothing of it read by a schema; a body that was read can be read again.
 */
export type InvalidView = (error: ValidationError, request: Request) => ViewResult | Promise<ViewResult>

/** The request that a view with these schemas gets: what a schema has read stands in place of what was sent. */
export type RequestFor<Pattern extends string, Schemas> = [Declared<Schemas>] extends [never]
  ? Request<ParamsOf<Pattern>>
  : TypedRequest<
      TypedParams<Pattern, Schemas>,
      { readonly [Part in Declared<Schemas> & PartName]: OutputOf<Schemas[Part & keyof Schemas]> }
    >

/** The parts of a request, beside its parameters, that a schema can read. */
type PartName = 'query' | 'headers' | 'cookies' | 'body'

/**
 * A request of which schemas have read some parts: `TypedRequest<{ id: number }, { body: { title: string } }>`. A part
 * that `Parts` does not name is as in `Request`.
 */
export interface TypedRequest<Params, Parts> extends Omit<Request, 'params' | PartName> {
  /** The parameters of the path, as a schema has read them; those that it does not name as text. */
  readonly params: Params
  readonly query: Parts extends { readonly query: infer Query } ? Query : Request['query']
  readonly headers: Parts extends { readonly headers: infer Headers } ? Headers : Request['headers']
  readonly cookies: Parts extends { readonly cookies: infer Cookies } ? Cookies : Request['cookies']
  readonly body: Parts extends { readonly body: infer Body } ? Body : Request['body']
}

/**
 * The request of any route, whatever its schemas: for helpers that several views call. Of the parts that a schema may
 * have read, the type is not known here; `header(name)` and `cookie(name)` read what was sent.
 * @example const userOf = (request: AnyRequest) => users.get(request.cookie('session') ?? '')
 */
export interface AnyRequest
  extends Omit<Request, 'params' | PartName>,
    Readonly<Record<'params' | PartName, unknown>> {}

/** What a view with these schemas may return. */
export type ResultFor<Schemas> = Schemas extends { readonly response: infer S }
  ? OutputOf<S> | Response | HttpError | ContractApplication
  : Schemas extends { readonly responses: { readonly 200: infer S extends AnySchema } }
    ? OutputOf<S> | Response | HttpError | ContractApplication
    : ViewResult

/** Parameters as a schema has read them; those it does not name as the pattern has them. */
export type TypedParams<Pattern extends string, Schemas> = Schemas extends { readonly params: infer S }
  ? Replaced<ParamsOf<Pattern>, OutputOf<S>>
  : ParamsOf<Pattern>

/** `Params`, with what `Read` has in place of it. Mapped in place, so that an editor shows what is in it. */
export type Replaced<Params, Read> = [Exclude<keyof Params, keyof Read>] extends [never]
  ? { readonly [Name in keyof Read]: Read[Name] }
  : Omit<Params, keyof Read> & Read extends infer Both
    ? { readonly [Name in keyof Both]: Both[Name] }
    : never

/** Refuses unknown options. Whether the path has the parameters is checked for the whole list: path-params-check.ts. */
export type KnownOptions<Options> = { readonly [Key in Exclude<keyof Options, keyof RouteOptions>]: never }

type Declared<Schemas> = keyof Schemas & ('params' | PartName)
