/**
 * The context of asynchronous calls (`AsyncLocalStorage`) in which a response was made, for what is called later by a
 * server: bodies and tasks. Knows one API of Node, Deno and Bun, looked up and not imported; without it nothing is kept.
 */
import type { Body, Chunk } from '@tsgi/contract'

/** Calls a function in a context that was kept. */
export type InContext = <Result>(call: () => Result) => Result

interface WithBuiltins {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown }
}

interface AsyncHooks {
  readonly AsyncLocalStorage: { readonly snapshot: () => InContext }
}

let snapshot: (() => InContext) | undefined | null

/** The context of the caller; undefined on a platform without one. */
export function currentContext(): InContext | undefined {
  if (snapshot === undefined) snapshot = findSnapshot() ?? null
  return snapshot?.()
}

function findSnapshot(): (() => InContext) | undefined {
  const hooks = (globalThis as WithBuiltins).process?.getBuiltinModule?.('node:async_hooks')
  return (hooks as AsyncHooks | undefined)?.AsyncLocalStorage.snapshot
}

/**
 * A body of the same kind, of which each chunk is made in the context of now. What is there already needs none, and a
 * stream of the platform or an open file is read by the server in its own way.
 */
export function inThisContext(body: Body): Body {
  if (typeof body === 'string' || body instanceof Uint8Array || Array.isArray(body)) return body
  if ('fd' in body || ('getReader' in body && typeof body.getReader === 'function')) return body
  const run = currentContext()
  if (run === undefined) return body
  const close = 'close' in body && typeof body.close === 'function' ? body.close.bind(body) : undefined
  const closing = close === undefined ? {} : { close: () => run(close) }
  if (Symbol.asyncIterator in body) {
    return { [Symbol.asyncIterator]: () => run(() => inContext(body[Symbol.asyncIterator](), run)), ...closing }
  }
  return { [Symbol.iterator]: () => run(() => inContext(body[Symbol.iterator](), run)), ...closing }
}

/** The same iterator, called in a context. What it gives, a promise or not, stays what it is. */
function inContext<Source extends Iterator<Chunk> | AsyncIterator<Chunk>>(source: Source, run: InContext) {
  const next = () => run(() => source.next()) as ReturnType<Source['next']>
  if (source.return === undefined) return { next }
  return { next, return: () => run(() => source.return?.()) as ReturnType<Source['next']> }
}
