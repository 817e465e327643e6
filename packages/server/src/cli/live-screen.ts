/**
 * A screen of a terminal that is drawn again and again, and the keys that end it. Whatever ends it, the terminal is as before.
 * Knows the terminal's codes (ECMA-48), not what is drawn.
 */
const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[?25h\x1b[?1049l'
const HOME = '\x1b[H'
const CLEAR_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'
const BOLD = ['\x1b[1m', '\x1b[0m'] as const

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Lines for a width, and which of them is a headline. */
export type Drawing = (width: number) => { readonly lines: readonly string[]; readonly head: number }

export class LiveScreen implements Disposable {
  readonly #end = Promise.withResolvers<undefined>()
  /** Resolves when it is to end. */
  readonly over = this.#end.promise
  isOver = false
  #drawing: Drawing | undefined
  readonly #redraw = () => this.#draw()
  readonly #quit = () => {
    this.isOver = true
    this.#end.resolve(undefined)
  }
  readonly #key = (bytes: Buffer) => {
    // In raw mode Ctrl-C is a character.
    if (/[qQ\x03\x04]/.test(bytes.toString('latin1'))) this.#quit()
  }

  constructor() {
    process.stdout.write(ENTER)
    process.stdout.on('resize', this.#redraw)
    for (const signal of SIGNALS) process.on(signal, this.#quit)
    if (!process.stdin.isTTY) return
    process.stdin.setRawMode(true)
    process.stdin.on('data', this.#key).resume()
  }

  draw(drawing: Drawing): void {
    this.#drawing = drawing
    this.#draw()
  }

  [Symbol.dispose](): void {
    process.stdout.off('resize', this.#redraw)
    for (const signal of SIGNALS) process.off(signal, this.#quit)
    if (process.stdin.isTTY) {
      process.stdin.off('data', this.#key).pause()
      process.stdin.setRawMode(false)
    }
    process.stdout.write(LEAVE)
  }

  #draw(): void {
    if (this.#drawing === undefined || this.isOver) return
    const { columns = 80, rows = 24 } = process.stdout
    const { lines, head } = this.#drawing(columns)
    const [bold, plain] = process.env.NO_COLOR ? ['', ''] : BOLD
    // The last line stays free: a line feed there would scroll.
    const shown = lines.slice(0, Math.max(1, rows - 1)).map((line, at) => (at === head ? bold + line + plain : line))
    process.stdout.write(`${HOME}${shown.map((line) => `${line}${CLEAR_LINE}\r\n`).join('')}${CLEAR_BELOW}`)
  }
}
