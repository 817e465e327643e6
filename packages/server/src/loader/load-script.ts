/**
 * An application of a module of this process: what it exports is recognised, and made ready before the first request.
 * Knows the ways to load and to recognise; nothing of serving.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Application } from '@tsgi/contract'
import { ConfigError } from '../config/config-error.ts'
import { type Detected, detect, type GuestInterface } from '../guests/detect.ts'
import { keepObjectsYoung } from './gc-flags.ts'
import { causeOf, stackOf } from './load-cause.ts'
import { type Exported, loadExport, loadFileExport } from './load-export.ts'
import type { LoadedApplication } from './loaded-application.ts'

/** @param wanted what the operator says that it is. @throws ConfigError */
export async function loadScript(target: string, wanted: GuestInterface | undefined): Promise<LoadedApplication> {
  const listening = new ListenDetector()
  try {
    return await loadListening(target, wanted, listening)
  } finally {
    listening.end()
  }
}

async function loadListening(
  target: string,
  wanted: GuestInterface | undefined,
  listening: ListenDetector,
): Promise<LoadedApplication> {
  const exported = await loadExport(target).catch((error: unknown) => {
    throw withPlaces(error, listening.places)
  })
  const { application, close, label, interface: kind } = await prepared(exported, wanted, listening.places)
  if (kind === 'node') keepObjectsYoung()
  return {
    application,
    routes: typeof exported.value === 'function' && 'routes' in exported.value ? exported.value.routes : undefined,
    description: `${exported.name} is ${withArticle(label)}${alsoListens(listening.places)}`,
    close: async (grace) => {
      // A guest's own end waits for its last response, which a worker that ends at once does not.
      if (grace > 0 || kind === 'tsgi') await close?.()
    },
  }
}

/** A file for itself; another version loads it again. @throws ConfigError */
export async function loadScriptFile(file: string, version: number): Promise<Application> {
  return (await prepared(await loadFileExport(file, version), undefined, [])).application
}

/** Two servers of one application: the second worker would find the port in use. */
function alsoListens(places: readonly string[]): string {
  if (places.length === 0) return ''
  return `; it also listens on ${places.join(', ')} by itself: call listen() only under import.meta.main, or require.main === module`
}

/** Who listens instead of exporting was written for `node`. */
function withPlaces(error: unknown, places: readonly string[]): unknown {
  if (places.length === 0 || !(error instanceof ConfigError)) return error
  return new ConfigError(`${error.message}; ${INSTEAD}`, error.detail, error.cause)
}

const INSTEAD = 'it listens by itself: export the application instead, and leave listen() to the server'

async function prepared(
  { name, value }: Exported,
  wanted: GuestInterface | undefined,
  places: readonly string[],
): Promise<Detected> {
  const recognised = detect(value, wanted)
  if (recognised.interface === undefined) {
    if (places.length > 0) throw new ConfigError(`${name} ${recognised.reason}; ${INSTEAD}`)
    throw new ConfigError(`${name} ${recognised.reason}; if it is one, say which: --interface tsgi, node or fetch`)
  }
  try {
    await recognised.prepare?.()
  } catch (error) {
    throw new ConfigError(`cannot load ${name}: ${causeOf(error)}`, stackOf(error), error)
  }
  return recognised
}

/** `Express 5` → `an Express 5 application`; what begins with an article has said it all. */
function withArticle(label: string): string {
  if (/^an? /.test(label)) return label
  // An h3, as it is spoken.
  return `${/^(?:[AEIO]|h\d)/.test(label) ? 'an' : 'a'} ${label} application`
}

/*
 * Whether a module begins to listen by itself while it is loaded, as scripts do that were made to be run with `node`. Hears of
 * it from Node's own channel for `net.Server` and changes nothing. Knows no application; used by load-script.
 */

const CHANNEL = 'tracing:net.server.listen:asyncStart'

export class ListenDetector {
  /** `port 3000`, `/run/app.sock`; in the order in which they were begun. */
  readonly places: string[] = []

  readonly #heard = (message: unknown): void => {
    const { options }: { options?: unknown } = Object(message)
    const { port, path }: { port?: unknown; path?: unknown } = Object(options)
    this.places.push(
      typeof path === 'string' ? path : port === undefined || port === 0 ? 'a port of its own' : `port ${port}`,
    )
  }

  constructor() {
    subscribe(CHANNEL, this.#heard)
  }

  end(): void {
    unsubscribe(CHANNEL, this.#heard)
  }
}
