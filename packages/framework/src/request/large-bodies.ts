/**
 * Handles large bodies one per turn of the event loop. To parse and check 1 MB takes milliseconds or more; several
 * in one turn would delay every other request by the sum. Knows no bodies, only turns.
 */

/** A larger body waits for a separate turn. */
const MAX_INLINE_BYTES = 64 * 1024

/** The turn that the last large body waits for; undefined if this turn had no large body. */
let lastTurn: Promise<void> | undefined

/** @returns a promise to await before a body of this size is used; undefined if there is no need to wait. */
export function turnFor(size: number): Promise<void> | undefined {
  if (size <= MAX_INLINE_BYTES) return undefined
  const before = lastTurn
  const turn = (before ?? Promise.resolve()).then(nextTurn)
  lastTurn = turn
  turn.then(() => {
    if (lastTurn === turn) lastTurn = undefined
  })
  return before
}

/** `setImmediate` if the platform has it: a timer of 0 ms takes 1 ms. */
function nextTurn(): Promise<void> {
  const later: unknown = Reflect.get(globalThis, 'setImmediate')
  return new Promise((resolve) => {
    if (typeof later === 'function') later(resolve)
    else setTimeout(resolve, 0)
  })
}
