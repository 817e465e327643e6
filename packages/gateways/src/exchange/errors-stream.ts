/**
 * `wsgi.errors` for transports without a log: it uses the console of the platform. What is written in parts
 * during one turn is one call of it. Must run without `node:`.
 */
import type { ErrorStream } from '@tsgi/contract'

class ConsoleErrors implements ErrorStream {
  #text = ''

  write(text: string): void {
    if (this.#text === '') queueMicrotask(() => this.flush())
    this.#text += text
  }

  writelines(lines: Iterable<string>): void {
    this.write([...lines].join(''))
  }

  flush(): void {
    const text = this.#text
    this.#text = ''
    // The console ends the line itself.
    if (text !== '') console.error(text.replace(/\n$/, ''))
  }
}

/** One for the process: the console is one. */
export const consoleErrors: ErrorStream = new ConsoleErrors()
