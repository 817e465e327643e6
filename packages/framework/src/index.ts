/** The entry `@tsgi/framework`. Only re-exports. */

export { fileResponse, staticFiles } from '#files'
export type { RouteDeclaration, RouteInfo } from './application.ts'
export { Application } from './application.ts'
export type { ApplicationOptions } from './application-options.ts'
export type { ErrorHandlers, Failure } from './errors/error-handler.ts'
export type { CookieOptions, Cookies } from './http/cookies.ts'
export { deleteCookie, setCookie } from './http/cookies.ts'
export { escapeHtml } from './http/escape-html.ts'
export type { Fields } from './http/fields.ts'
export { all, first } from './http/fields.ts'
export type { RequestHeaders } from './http/header-fields.ts'
export {
  badRequest,
  conflict,
  contentTooLarge,
  forbidden,
  gone,
  HttpError,
  notFound,
  serviceUnavailable,
  tooManyRequests,
  unauthorized,
  unprocessable,
  unsupportedMediaType,
} from './http/http-error.ts'
export type { AnyParams, ParamsOf } from './http/path-params.ts'
export type { CookieSource } from './http/signed-cookies.ts'
export { SignedCookies } from './http/signed-cookies.ts'
export type { QueryValue, UrlOptions, UrlWriter } from './http/url-options.ts'
export type { MultipartLimits } from './multipart/limits.ts'
export type { Part } from './multipart/part.ts'
export type { FileStore, UploadContent, UploadedFile } from './multipart/uploaded-file.ts'
export { Upload } from './multipart/uploaded-file.ts'
export type { Form, FormOptions } from './request/form.ts'
export type { Key, KeyedMiddleware } from './request/key.ts'
export { key } from './request/key.ts'
export { Request } from './request/request.ts'
export type { BodyOptions } from './request/request-body.ts'
export { RequestBody } from './request/request-body.ts'
export type { EventSource, EventsOptions, Subscription } from './response/events.ts'
export { events } from './response/events.ts'
export type { FileViewOptions } from './response/file.ts'
export { file } from './response/file.ts'
export type { MarkupValue } from './response/markup.ts'
export { Markup, markup } from './response/markup.ts'
export type { Forms } from './response/negotiate.ts'
export { negotiate } from './response/negotiate.ts'
export type { Problem } from './response/problem.ts'
export { problem } from './response/problem.ts'
export type { DataResult, ViewResult } from './response/respond.ts'
export type { JsonResponse, RedirectStatus } from './response/response.ts'
export { html, json, Response, redirect, text } from './response/response.ts'
export type { ServerEvent } from './response/server-event.ts'
export type { ChunkSource } from './response/stream.ts'
export { stream } from './response/stream.ts'
export type { Ambiguity } from './routing/ambiguities.ts'
export { cascade } from './routing/cascade.ts'
export type { FitsTable } from './routing/path-params-check.ts'
export type { NamesIn, Path, UrlArguments, UrlArgumentsOf } from './routing/reverse-url.ts'
export { path } from './routing/reverse-url.ts'
export type {
  BareEntry,
  Group,
  GroupOptions,
  Host,
  Mount,
  NamedRoute,
  Route,
  RouteEntry,
  RouteMaker,
  View,
} from './routing/route.ts'
export { del, delete, get, group, head, host, mount, options, patch, post, put, query, route } from './routing/route.ts'
export { RouteError } from './routing/route-error.ts'
export type {
  AnyRequest,
  InvalidView,
  KnownOptions,
  RequestFor,
  ResultFor,
  RouteDoc,
  RouteOptions,
  TypedRequest,
} from './routing/route-types.ts'
export type { FileOptions, FileRules, PerFile, StaticOptions } from './static-files.ts'
export type { ResponseDescription, ResponseDoc, ResponseDocs } from './validation/declared-responses.ts'
export type {
  AnySchema,
  InputOf,
  OutputOf,
  RouteSchemas,
  Schema,
  SchemaIssue,
  SchemaResult,
  StandardProps,
} from './validation/schema.ts'
export type { FieldError, InputPart } from './validation/validation-error.ts'
export { ValidationError } from './validation/validation-error.ts'
