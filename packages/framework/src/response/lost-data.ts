/**
 * Values that JSON would lose: a Map becomes `{}`, and so does every object whose state is not in its own members.
 * Knows data; knows nothing of responses. Called only for text that holds `{}`, or that JSON refused to make.
 */

/** JSON of data. @throws TypeError naming the place of what has no JSON form. */
export function jsonText(data: unknown): string {
  const text = stringify(data)
  if (text === undefined) throw new TypeError(`${typeof data} has no JSON form; return data, a string or a Response`)
  // Most data holds no empty object, and to look for one costs next to nothing.
  if (text.includes('{}')) refuseLost(data, 'it', new Set())
  return text
}

function stringify(data: unknown): string | undefined {
  try {
    return JSON.stringify(data)
  } catch (error) {
    const place = placeOfBigInt(data, '', new Set())
    if (place === undefined) throw error
    throw new TypeError(`${place || 'it'} is a BigInt, which has no JSON form; give a number, or text: String(value)`)
  }
}

/** What to do with an object that JSON would make `{}` of though it holds something; undefined for all others. */
export function wayOutFor(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null || Array.isArray(value)) return undefined
  // Names and values without a class, such as the parameters of a request, even an empty set.
  if (!('constructor' in value)) return undefined
  if ('toJSON' in value || value instanceof Number || value instanceof Boolean || value instanceof String)
    return undefined
  for (const [type, wayOut] of WAYS_OUT) if (typeof type === 'function' && value instanceof type) return wayOut
  if (Symbol.asyncIterator in value) return 'give it to stream(…) or events(…)'
  if (Symbol.iterator in value && 'next' in value) return 'give it to stream(…) or events(…)'
  // An object of a class shows its own members; without any it shows nothing.
  return Object.keys(value).length === 0 ? 'return a plain object, or give its class a toJSON()' : undefined
}

/** What it is called in a message: `a Map`. */
export function nameOf(value: unknown): string {
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
  const made: unknown = typeof value === 'object' && value !== null ? value.constructor?.name : undefined
  const name = tag === 'Object' && typeof made === 'string' && made !== '' ? made : tag
  return /^[aeiou]/i.test(name) ? `an ${name}` : `a ${name}`
}

/** Each where the platform has it. */
const WAYS_OUT: readonly (readonly [type: unknown, wayOut: string])[] = [
  [Error, 'throw it'],
  [Promise, 'await it first; of a list, await Promise.all(list)'],
  [Map, 'make a list or a plain object of it: Object.fromEntries(map)'],
  [Set, 'make a list or a plain object of it: [...set]'],
  [WeakMap, 'keep it, and return what the client needs of it'],
  [WeakSet, 'keep it, and return what the client needs of it'],
  [WeakRef, 'return what deref() gives'],
  [RegExp, 'give its text: String(value)'],
  [globalThis.URLSearchParams, 'make a plain object of it, Object.fromEntries(params), or text: String(params)'],
  [globalThis.FormData, 'make a plain object of it: Object.fromEntries(form)'],
  [globalThis.Headers, 'make a plain object of it: Object.fromEntries(headers)'],
  [globalThis.AbortSignal, 'give what it says: signal.aborted'],
  [globalThis.Response, 'give its body to stream(…): stream(response.body, response.status)'],
  [globalThis.Request, 'return what the client needs of it'],
  [globalThis.Blob, 'return its bytes, await blob.bytes(), or stream(blob.stream())'],
  [ArrayBuffer, 'make a Uint8Array of it'],
  [DataView, 'make a Uint8Array of it'],
]

/** Walks as JSON does. `seen` keeps a value that stands in several places from being looked at again. */
function refuseLost(value: unknown, place: string, seen: Set<object>): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  if ('toJSON' in value) return
  const wayOut = wayOutFor(value)
  if (wayOut !== undefined) throw new TypeError(`${place} is ${nameOf(value)}, of which JSON is {}; ${wayOut}`)
  for (const [name, member] of Object.entries(value))
    refuseLost(member, place === 'it' ? name : `${place}.${name}`, seen)
}

function placeOfBigInt(value: unknown, place: string, seen: Set<object>): string | undefined {
  if (typeof value === 'bigint') return place
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined
  seen.add(value)
  for (const [name, member] of Object.entries(value)) {
    const found = placeOfBigInt(member, place === '' ? name : `${place}.${name}`, seen)
    if (found !== undefined) return found
  }
  return undefined
}
