/** Progress and trouble, on standard error: standard output has the Markdown only. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
