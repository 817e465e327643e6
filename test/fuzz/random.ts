/** Random choices that can be made again from a seed. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A whole number from 0 up to, not with, `limit` (mulberry32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % limit
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('random: nothing to pick from')
    return item
  }

  /** `least` to `most` characters of `alphabet`. */
  text(alphabet: string, least: number, most: number): string {
    let text = ''
    for (let left = least + this.below(most - least + 1); left > 0; left--)
      text += alphabet[this.below(alphabet.length)]
    return text
  }
}
