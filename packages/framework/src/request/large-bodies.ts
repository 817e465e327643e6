/**
 * Large bodies, one per turn of the event loop. To parse and check one of 1 MB takes milliseconds or more; several that
 * arrive together would hold up every other request for the sum. Knows no bodies, only turns.
 */

/** A body of more bytes waits for a turn of its own. */
const MAX_BYTES_AT_ONCE = 64 * 1024

/** The turn of the last large body; undefined where no large body was used in this turn. */
let lastTurn: Promise<void> | undefined

/** @returns what to wait for before a body of this size is used; undefined where there is nothing to wait for. */
export function turnFor(size: number): Promise<void> | undefined {
  if (size <= MAX_BYTES_AT_ONCE) return undefined
  const before = lastTurn
  const turn = (before ?? Promise.resolve()).then(nextTurn)
  lastTurn = turn
  turn.then(() => {
    if (lastTurn === turn) lastTurn = undefined
  })
  return before
}

/** `setImmediate` where there is one: a timer of 0 ms takes 1 ms. */
function nextTurn(): Promise<void> {
  const later: unknown = Reflect.get(globalThis, 'setImmediate')
  return new Promise((resolve) => {
    if (typeof later === 'function') later(resolve)
    else setTimeout(resolve, 0)
  })
}
