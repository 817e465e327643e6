/**
 * Telling fetch frameworks apart, for the label only: they are all run alike. Knows shapes, imports no framework.
 */
import type { FetchObject } from '../fetch-handler.ts'
import { hasMethods } from './has-methods.ts'

/** An object with `fetch(request)`: Hono, h3, Elysia, a module of Workers, Deno or Bun. */
export function hasFetch(value: unknown): value is FetchObject {
  return hasMethods(value, ['fetch'])
}

export function fetchLabel(value: FetchObject): string {
  if ('~routes' in value && '~dispatch' in value) return 'h3'
  if (hasMethods(value, ['fire', 'basePath', 'notFound']) && 'routes' in value) return 'Hono'
  if (hasMethods(value, ['handle', 'derive', 'guard'])) return 'Elysia'
  return 'an object with fetch()'
}
