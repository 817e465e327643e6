/**
 * An error and its causes as something to be looked at: what was thrown, through which places it came, and the source
 * around those that are files of ours. Reads nothing but source files that V8 itself has named.
 */
import process from 'node:process'
import { causesOf } from '../errors/error-page.ts'
import { type SourceLine, sourceAround } from './source-lines.ts'

export interface SeenError {
  /** `TypeError: x is not a function` */
  readonly title: string
  readonly frames: readonly Frame[]
}

export interface Frame {
  /** As in the stack, but its path below the working directory: `at view (src/app.ts:7:3)`. */
  readonly text: string
  /** Whether it is code of the user: not of Node, of a library, or of this framework. */
  readonly isOwn: boolean
  /** For an editor: `/home/ada/src/app.ts:7:3`; undefined without a file. */
  readonly place: string | undefined
  /** Empty where it is not shown: in Node itself, in libraries, and further down. */
  readonly source: readonly SourceLine[]
}

/** Places for which the source is shown, for each error. */
const MAX_SOURCES = 6
const MAX_FRAMES = 30

export async function causesSeen(error: unknown, context: number): Promise<readonly SeenError[]> {
  return Promise.all(causesOf(error).map((cause) => seen(cause, context)))
}

async function seen(error: unknown, context: number): Promise<SeenError> {
  if (!(error instanceof Error)) return { title: `${typeof error} thrown: ${String(error)}`, frames: [] }
  const title = String(error)
  const texts = framesIn(error).slice(0, MAX_FRAMES)
  const shown = new Set(texts.filter(isOwn).slice(0, MAX_SOURCES))
  const frames = texts.map(async (text) => ({
    text: shortened(text),
    isOwn: isOwn(text),
    place: placeIn(text),
    source: shown.has(text) ? await sourceAround(text, context) : [],
  }))
  return { title, frames: await Promise.all(frames) }
}

/**
 * The lines after the message. A message may hold lines that look like places, perhaps from a client: they are left out,
 * or else they would choose the files that are read.
 */
function framesIn({ stack = '', message }: Error): string[] {
  const end = message === '' ? 0 : stack.indexOf(message)
  if (end < 0) return []
  const lines = stack.slice(end + message.length).split('\n')
  return lines.map((line) => line.trim()).filter((line) => line.startsWith('at '))
}

function isOwn(frame: string): boolean {
  return placeIn(frame) !== undefined && !/[\\/]node_modules[\\/]/.test(frame) && !frame.includes(FRAMEWORK)
}

/** The folder of this framework, as a stack names it; one that is linked into `node_modules` has another path. */
const FRAMEWORK = import.meta.dirname.replace(/[\\/]development$/, '')

function shortened(frame: string): string {
  const folder = `${process.cwd()}/`
  return frame.replace('file://', '').replace(folder, '')
}

function placeIn(frame: string): string | undefined {
  const [, place] = /(?:^at (?:async )?|\()(?:file:\/\/)?(\/[^()]*:\d+:\d+)\)?$/.exec(frame) ?? []
  return place
}
