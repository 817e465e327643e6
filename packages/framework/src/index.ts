/** The public door of `@tsgi/framework`. Only re-exports. */
export type { ApplicationOptions, RouteInfo } from './application.ts'
export { Application } from './application.ts'
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
export type { AnyParams, ParamsOf } from './path-params.ts'
export { Request } from './request.ts'
export { RequestBody } from './request-body.ts'
export type { ViewResult } from './respond.ts'
export type { RedirectStatus } from './response.ts'
export { escapeHtml, html, json, Response, redirect, text } from './response.ts'
export type { UrlOptions } from './reverse-url.ts'
export type {
  BareEntry,
  Group,
  Mount,
  Route,
  RouteEntry,
  RouteMaker,
  RouteOptions,
  RouteSchemas,
  View,
} from './route.ts'
export { del, delete, get, group, head, mount, options, patch, post, put, query, route } from './route.ts'
export { RouteError } from './route-error.ts'
export type { FileOptions, PerFile, StaticOptions } from './static-files.ts'
export { fileResponse, staticFiles } from './static-files.ts'
