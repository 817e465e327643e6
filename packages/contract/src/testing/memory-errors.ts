/** `wsgi.errors` that a test can read back. */
import type { ErrorStream } from '../environ.ts'

export class MemoryErrors implements ErrorStream {
  /** All that was written so far. */
  text = ''

  write(text: string): void {
    this.text += text
  }

  writelines(lines: Iterable<string>): void {
    for (const line of lines) this.text += line
  }

  flush(): void {}
}
