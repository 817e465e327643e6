/** The lines of a source file around a place in a stack. Knows V8's stacks and files; nothing of errors and pages. */
import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export interface SourceLine {
  /** From 1. */
  readonly number: number
  readonly code: string
  /** Whether it is the one that the stack names. */
  readonly isPlace: boolean
}

/** @returns undefined if there is no such file, or it is not source text. */
export async function sourceAround(frame: string, context: number): Promise<readonly SourceLine[]> {
  const place = placeOf(frame)
  if (place === undefined) return []
  try {
    if ((await stat(place.file)).size > MAX_SOURCE_BYTES) return []
    return linesOf(await readFile(place.file, 'utf8'), place.line, context)
  } catch {
    // A page about an error is no place for another one: without the file it says a little less.
    return []
  }
}

/** Larger files are bundles, of which a few lines say nothing. */
const MAX_SOURCE_BYTES = 2 ** 20
const MAX_LINE_CHARACTERS = 300

/** `at view (file:///app.ts:7:3)`, `at /app.js:7:3` */
function placeOf(frame: string): { readonly file: string; readonly line: number } | undefined {
  const found = /(?:^at (?:async )?|\()((?:file:\/\/)?\/[^()]*\.[cm]?[jt]sx?(?:\?[^:()]*)?):(\d+):\d+\)?$/.exec(frame)
  const [, where = '', line = ''] = found ?? []
  if (where === '') return undefined
  return { file: where.startsWith('file:') ? fileURLToPath(where) : where, line: Number(line) }
}

function linesOf(text: string, line: number, context: number): SourceLine[] {
  const first = Math.max(1, line - context)
  const lines = text.split(/\r?\n/).slice(first - 1, line + context)
  return lines.map((code, i) => ({
    number: first + i,
    code: code.slice(0, MAX_LINE_CHARACTERS),
    isPlace: first + i === line,
  }))
}
