/**
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
