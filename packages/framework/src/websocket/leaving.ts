/**
 * Calls many when a process leaves, by one listener on its signal: removing one of ten thousand listeners of an
 * `AbortSignal` walks over the others. Knows no WebSocket.
 */
const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/** @returns a function that forgets the call. Calls soon where the signal has aborted already. */
export function whenLeaving(signal: AbortSignal | undefined, call: () => void): () => void {
  if (signal === undefined) return ignore
  if (signal.aborted) {
    queueMicrotask(call)
    return ignore
  }
  const calls = waiting.get(signal) ?? listenTo(signal)
  calls.add(call)
  return () => calls.delete(call)
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const calls = new Set<() => void>()
  waiting.set(signal, calls)
  signal.addEventListener(
    'abort',
    () => {
      for (const call of calls) call()
    },
    { once: true },
  )
  return calls
}

function ignore(): void {}
