/**
 * The application that the rows are asked of: a bare contract callable that answers in every way that the contract knows.
 * A header of the request chooses the way. Runs on any platform; imports nothing but types.
 */
import type { Application, FileBody } from '@tsgi/contract'
import { type NoteBook, NoteBook as Notes } from './notes.ts'
import { bodyWays } from './ways/bodies.ts'
import { endWays } from './ways/ends.ts'
import { environWays } from './ways/environ.ts'
import { headWays } from './ways/heads.ts'
import { inputWays } from './ways/inputs.ts'
import { trailerWays } from './ways/trailers.ts'
import { show, type Ways } from './ways/way.ts'

export interface ConformanceApplicationOptions {
  /**
   * Opens a file of 1 MiB or more and gives a span of it; `closed` is to be called when the file is closed. Without it
   * the rows of files lack the capability `files`.
   */
  readonly fileOf?: (start: number, length: number, closed: () => void) => FileBody
}

const WAYS: Ways = { ...environWays, ...inputWays, ...headWays, ...bodyWays, ...endWays, ...trailerWays }

/**
 * Makes the application under test.
 * @example
 * createServer(toNodeListener(conformanceApplication())).listen(8000)
 */
export function conformanceApplication({ fileOf }: ConformanceApplicationOptions = {}): Application {
  const book: NoteBook = new Notes()
  return (environ, startResponse) => {
    const { HTTP_X_CONFORMANCE_WAY: name = 'env', HTTP_X_CONFORMANCE_TOKEN: token = '' } = environ
    const argument = decodeURIComponent(environ.HTTP_X_CONFORMANCE_ARGUMENT ?? '')
    if (name === 'seen') return show(startResponse, book.read(token))
    const notes = book.of(token)
    notes.calls++
    if (fileOf !== undefined && name.endsWith('file')) environ['conformance.file'] = fileOf
    const way = Object.hasOwn(WAYS, name) ? WAYS[name] : WAYS['no-way']
    if (way === undefined) throw new TypeError(`there is no way ${name}`)
    return way(environ, startResponse, notes, argument)
  }
}
