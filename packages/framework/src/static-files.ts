/**
 * Static files as a contract application: serves what lies below its roots under whatever path it is mounted at.
 * This is the spine; each step is a noun in static/. Only here, and there, the framework imports `node:`.
 */
import type { Application, Body, Environ, StartResponse } from '@tsgi/contract'
import { contentTypeOf } from './static/content-type.ts'
import { faultOf } from './static/descriptor.ts'
import { discard } from './static/file-store.ts'
import { folderLocation } from './static/folder-redirect.ts'
import { type ListedName, listFolder, listingPage, listingPolicy } from './static/listing.ts'
import type { StaticOptions } from './static/options.ts'
import { overloaded, plainResponse, reportTo } from './static/plain-response.ts'
import { type RequestedPath, requestedPath } from './static/requested-path.ts'
import { type FileFacts, factsOf, sendFile } from './static/send-file.ts'
import { type FoundFile, find, findAtHand, findFallback, openSite, type Site } from './static/site.ts'

export type { FileRules, PerFile } from './static/file-pattern.ts'
export { type FileOptions, fileAs, fileResponse } from './static/file-response.ts'
export type { StaticOptions } from './static/options.ts'

/**
 * The files below a folder as a contract application, for any path: `mount('/assets', staticFiles('./assets'))`.
 * @param folders one folder or several; the first that has a file wins. Relative to the current directory.
 * @throws Error one line, if a folder does not exist or an option cannot be.
 * @example mount('/app', staticFiles('./dist', { fallback: 'index.html' }))
 */
export function staticFiles(folders: string | readonly string[], options: StaticOptions = {}): Application {
  const site = openSite(folders, options)
  return (environ, startResponse) => {
    const { REQUEST_METHOD: method } = environ
    if (method === 'GET' || method === 'HEAD') return serve(site, environ, startResponse)
    return refuseMethod(site, environ, startResponse)
  }
}

/** A file allows GET only. A missing file is a 404 for every method: in a `cascade` another application may have it. */
async function refuseMethod(site: Site, environ: Environ, startResponse: StartResponse): Promise<Body> {
  const path = requestedPath(environ, site.wellKnown)
  const outcome = path === undefined ? 'missing' : await lookUp(site, path, environ)
  if (typeof outcome === 'object' && 'file' in outcome) await discard(outcome.file)
  if (outcome === 'missing') return notFound(site, environ, startResponse)
  if (typeof outcome === 'object' && 'fault' in outcome) return overloaded(environ, startResponse, outcome.fault)
  if (environ.REQUEST_METHOD !== 'OPTIONS') {
    return plainResponse(environ, startResponse, '405 Method Not Allowed', [['Allow', ALLOWED]])
  }
  startResponse('204 No Content', [['Allow', ALLOWED]])
  return ''
}

const ALLOWED = 'GET, HEAD, OPTIONS'

/** Without a promise where the file is in memory: then the answer leaves together with others of this turn. */
function serve(site: Site, environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
  const path = requestedPath(environ, site.wellKnown)
  if (path === undefined) return notFound(site, environ, startResponse)
  const found = findAtHand(site, path, environ.HTTP_ACCEPT_ENCODING)
  if (found === undefined) return search(site, path, environ, startResponse)
  return sendFile(environ, startResponse, found.file, () => facts(site, found))
}

async function search(site: Site, path: RequestedPath, environ: Environ, startResponse: StartResponse): Promise<Body> {
  const outcome = await lookUp(site, path, environ)
  if (outcome === 'missing') return notFound(site, environ, startResponse)
  if (outcome === 'folder') {
    return plainResponse(environ, startResponse, '301 Moved Permanently', [['Location', folderLocation(environ)]])
  }
  if ('fault' in outcome) return overloaded(environ, startResponse, outcome.fault)
  if ('entries' in outcome) return sendListing(environ, startResponse, outcome.entries)
  return sendFile(environ, startResponse, outcome.file, () => facts(site, outcome))
}

/** `fault` is why no file can be opened at the moment. */
type Outcome =
  | FoundFile
  | 'folder'
  | 'missing'
  | { readonly entries: readonly ListedName[] }
  | { readonly fault: unknown }

async function lookUp(site: Site, path: RequestedPath, environ: Environ): Promise<Outcome> {
  const report = reportTo(environ)
  const search = { acceptEncoding: environ.HTTP_ACCEPT_ENCODING, wantsPage: wantsPage(environ), report }
  try {
    const found = await find(site, path, search)
    if (found !== undefined) return found
    const entries = site.listing && path.isFolder ? await listFolder(site.roots, path.names, report) : undefined
    return entries === undefined ? ((await findFallback(site, path, search)) ?? 'missing') : { entries }
  } catch (fault) {
    if (faultOf(fault) === 'exhausted') return { fault }
    throw fault
  }
}

function wantsPage({ HTTP_ACCEPT: accept = '' }: Environ): boolean {
  return /(?:^|,)\s*text\/html\s*(?:[;,]|$)/i.test(accept)
}

function notFound({ notFound }: Site, environ: Environ, startResponse: StartResponse): Body | Promise<Body> {
  return notFound === undefined
    ? plainResponse(environ, startResponse, '404 Not Found')
    : notFound(environ, startResponse)
}

function sendListing(environ: Environ, startResponse: StartResponse, entries: readonly ListedName[]): Body {
  const page = new TextEncoder().encode(listingPage(environ.SCRIPT_NAME + environ.PATH_INFO, entries))
  startResponse('200 OK', [
    ['Content-Type', 'text/html; charset=utf-8'],
    ['Content-Length', String(page.byteLength)],
    ['X-Content-Type-Options', 'nosniff'],
    ['Content-Security-Policy', listingPolicy()],
    ['Cache-Control', 'no-cache'],
  ])
  return environ.REQUEST_METHOD === 'HEAD' ? '' : page
}

/** Of a file in memory they are kept with it: by the coding, for a variant may also be asked for by its own name. */
function facts(site: Site, { file, path, coding }: FoundFile): FileFacts {
  const known = site.facts.get(file)
  if (known?.presentation.coding === coding?.name && known?.path === path) return known
  const { precompressed: varies } = site
  const presentation = {
    type: contentTypeOf(path, site),
    cacheControl: site.cacheControlOf(path),
    coding: coding?.name,
    varies,
  }
  const made = { ...factsOf(file.stat, presentation), path }
  if (!('fd' in file)) site.facts.set(file, made)
  return made
}
