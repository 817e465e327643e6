/**
 * Telling fetch frameworks apart, for the label only: they are all run alike. Knows shapes, imports no framework.
 */
import type { FetchObject } from '../fetch-handler.ts'

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

/*
 * Whether a value has methods by these names: all that is looked at in order to tell frameworks apart.
 */

/** True for objects and functions that have every one of `names` as a method, their own or inherited. */
export function hasMethods<Name extends string>(
  value: unknown,
  names: readonly Name[],
): value is object & Record<Name, (...given: unknown[]) => unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}
