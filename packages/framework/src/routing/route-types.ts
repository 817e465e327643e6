/**
 * The request and the result of a view, as types inferred from its pattern and schemas. Types only. Each route is typed
 * on its own and nothing is chained, so the cost of a table grows with its length and no faster.
 */
import type { Application as ContractApplication } from '@tsgi/contract'
import type { HttpError } from '../http/http-error.ts'
import type { ParamsOf } from '../http/path-params.ts'
import type { FormOptions } from '../request/form.ts'
import type { Request } from '../request/request.ts'
import type { ViewResult } from '../response/respond.ts'
import type { Response } from '../response/response.ts'
import type { OutputOf, RouteSchemas } from '../validation/schema.ts'
import type { ValidationError } from '../validation/validation-error.ts'

export interface RouteOptions extends RouteSchemas {
  /** For `application.urlFor`; one route in a list may have it. */
  readonly name?: string
  /** Answers in place of the view where the inputs do not fit. Default: as any other error of the application. */
  readonly onInvalid?: InvalidView
  /** The most octets of a body that this route reads. Default: the application's. */
  readonly bodyLimit?: number
  /** How a `body` schema gets a form: its limits, and where files are kept. */
  readonly form?: FormOptions
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
  : Omit<Request, Declared<Schemas> | 'params'> & {
      readonly [Part in Declared<Schemas> | 'params']: Part extends 'params'
        ? TypedParams<Pattern, Schemas>
        : OutputOf<Schemas[Part & keyof Schemas]>
    }

/** What a view with these schemas may return. */
export type ResultFor<Schemas> = Schemas extends { readonly response: infer S }
  ? OutputOf<S> | Response | HttpError | ContractApplication
  : ViewResult

/** Parameters as a schema has read them; those it does not name as the pattern has them. */
export type TypedParams<Pattern extends string, Schemas> = Schemas extends { readonly params: infer S }
  ? Omit<ParamsOf<Pattern>, keyof OutputOf<S>> & Readonly<OutputOf<S>>
  : ParamsOf<Pattern>

/** Refuses options nobody reads. Whether the parameters are those of the path is told by the whole list: path-fit.ts. */
export type KnownOptions<Options> = { readonly [Key in Exclude<keyof Options, keyof RouteOptions>]: never }

type Declared<Schemas> = (keyof Schemas & 'params') | (keyof Schemas & ('query' | 'headers' | 'cookies' | 'body'))
