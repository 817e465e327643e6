/**
 * Asks all workers for their counts and waits for the answers, but not for long: one that hangs is counted as it was.
 * Knows who was asked, not what the counts mean.
 */
const PATIENCE = 500

export class MetricsRound<Member> {
  readonly #pending = new Set<{ readonly missing: Set<Member>; readonly done: () => void }>()

  /** @param done called once, when all have answered or left, or the patience is over. */
  take(members: Iterable<Member>, done: () => void): void {
    const missing = new Set(members)
    const timer = setTimeout(() => finish(), PATIENCE)
    const round = { missing, done: () => finish() }
    const finish = () => {
      clearTimeout(timer)
      if (this.#pending.delete(round)) done()
    }
    this.#pending.add(round)
    if (missing.size === 0) finish()
  }

  /** One has answered, or never will. */
  heard(member: Member): void {
    for (const round of this.#pending) {
      round.missing.delete(member)
      if (round.missing.size === 0) round.done()
    }
  }
}
