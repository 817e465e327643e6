/**
 * An error and its causes as something to be looked at: what was thrown, through which places it came, and the source
 * around those that are files of ours. Reads nothing but source files that V8 itself has named. Called by development.ts.
 */
import { causesOf } from '../errors/error-page.ts'
import { type SourceLine, sourceAround } from './source-lines.ts'

export interface SeenError {
  /** `TypeError: x is not a function` */
  readonly title: string
  readonly frames: readonly Frame[]
}

export interface Frame {
  /** As in the stack: `at view (file:///app.ts:7:3)`. */
  readonly text: string
  /** Empty where it is not shown: in Node itself, in libraries, and further down. */
  readonly source: readonly SourceLine[]
}

/** Places for which the source is shown, for each error. */
const MOST_SOURCES = 6
const MOST_FRAMES = 30

export async function causesSeen(error: unknown, context: number): Promise<readonly SeenError[]> {
  return Promise.all(causesOf(error).map((cause) => seen(cause, context)))
}

async function seen(error: unknown, context: number): Promise<SeenError> {
  if (!(error instanceof Error)) return { title: `${typeof error} thrown: ${String(error)}`, frames: [] }
  const title = String(error)
  const texts = framesIn(error).slice(0, MOST_FRAMES)
  const shown = new Set(texts.filter(isOurs).slice(0, MOST_SOURCES))
  const frames = texts.map(async (text) => ({ text, source: shown.has(text) ? await sourceAround(text, context) : [] }))
  return { title, frames: await Promise.all(frames) }
}

/**
 * The lines behind the message. A message may hold lines that look like places, perhaps from a client: they are left out,
 * or else they would choose the files that are read.
 */
function framesIn({ stack = '', message }: Error): string[] {
  const end = message === '' ? 0 : stack.indexOf(message)
  if (end < 0) return []
  const lines = stack.slice(end + message.length).split('\n')
  return lines.map((line) => line.trim()).filter((line) => line.startsWith('at '))
}

function isOurs(frame: string): boolean {
  return !/node:|[\\/]node_modules[\\/]/.test(frame)
}
