/** The public door of `@tsgi/framework`. Only re-exports. */
export type { Ambiguity } from './ambiguities.ts'
export type { RouteInfo } from './application.ts'
export { Application } from './application.ts'
export type { ApplicationOptions } from './application-options.ts'
export { cascade } from './cascade.ts'
export type { CookieOptions, Cookies } from './cookies.ts'
export { deleteCookie, setCookie } from './cookies.ts'
export type { ErrorHandlers, Failure } from './error-answer.ts'
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
} from './errors.ts'
export { escapeHtml } from './escape-html.ts'
export type { Fields } from './fields.ts'
export { all, first } from './fields.ts'
export type { Form, FormOptions } from './form.ts'
export type { RequestHeaders } from './header-fields.ts'
export type { MarkupValue } from './markup.ts'
export { Markup, markup } from './markup.ts'
export type { MultipartLimits } from './multipart/limits.ts'
export type { Part } from './multipart/part.ts'
export type { FileStore, UploadedFile } from './multipart/uploaded-file.ts'
export type { Forms } from './negotiate.ts'
export { negotiate } from './negotiate.ts'
export type { AnyParams, ParamsOf } from './path-params.ts'
export { Request } from './request.ts'
export type { BodyOptions } from './request-body.ts'
export { RequestBody } from './request-body.ts'
export type { ViewResult } from './respond.ts'
export type { EventSource, EventsOptions, Subscription } from './response/events.ts'
export { events } from './response/events.ts'
export type { FileViewOptions } from './response/file.ts'
export { file } from './response/file.ts'
export type { Problem } from './response/problem.ts'
export { problem } from './response/problem.ts'
export type { ServerEvent } from './response/server-event.ts'
export type { ChunkSource } from './response/stream.ts'
export { stream } from './response/stream.ts'
export type { RedirectStatus } from './response.ts'
export { html, json, Response, redirect, text } from './response.ts'
export type { Path } from './reverse-url.ts'
export { path } from './reverse-url.ts'
export type {
  BareEntry,
  Group,
  GroupOptions,
  Host,
  Mount,
  Route,
  RouteEntry,
  RouteMaker,
  View,
} from './route.ts'
export { del, delete, get, group, head, host, mount, options, patch, post, put, query, route } from './route.ts'
export { RouteError } from './route-error.ts'
export type { InvalidView, RequestFor, ResultFor, RouteOptions, RouteSchemas } from './route-types.ts'
export type { InputOf, OutputOf, Schema } from './schema.ts'
export { SignedCookies } from './signed-cookies.ts'
export type { FileOptions, PerFile, StaticOptions } from './static-files.ts'
export { fileResponse, staticFiles } from './static-files.ts'
export type { UrlOptions } from './url-options.ts'
export type { FieldError, InputPart } from './validation-error.ts'
export { ValidationError } from './validation-error.ts'
