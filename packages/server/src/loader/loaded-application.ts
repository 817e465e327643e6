/** What every way of loading comes to. Types only. */
import type { Application } from '@tsgi/contract'
import type { GuestInterface } from '../guests/detect.ts'
import type { PythonOptions } from '../guests/python-wsgi.ts'
import type { RecordWhen } from '../record/recorder.ts'

export interface LoadedApplication {
  readonly application: Application
  /** What it was taken for, as a sentence without its full stop: `app.ts:app is an Express 5 application`. */
  readonly description: string
  /** Its route table, where it has one, as `tsgi routes` reads it. */
  readonly routes?: unknown
  /** In development: it is a page that says why the application does not load. */
  readonly isFailure?: boolean
  /** Ends what was started for it. @param grace milliseconds for what is in flight. */
  close(grace: number): Promise<void>
}

/** What the operator says about the application. Everything has a default. */
export interface LoadOptions {
  /** Default `auto`: what the module exports decides. */
  readonly interface?: GuestInterface | 'wsgi' | 'auto'
  readonly python?: PythonOptions
  /** Programs of a folder are run. Default false. */
  readonly dynamic?: boolean
  /** A folder without an index shows what is in it. Default false. */
  readonly listing?: boolean
  /** Of the text files of a folder. Default utf-8. */
  readonly charset?: string | undefined
  /** For development: these files and folders are watched, too. */
  readonly extraFiles?: readonly string[]
  /** A module of contract middleware that goes round the application. */
  readonly middleware?: string | undefined
  /** Requests that are kept in files, to be played again. */
  readonly record?: RecordOptions | undefined
}

export interface RecordOptions {
  readonly folder: string
  readonly when: RecordWhen
  /** From here on a request is slow. */
  readonly slowMs: number
  /** Gets a line when files cannot be written. */
  readonly trouble: (reason: string) => void
}
