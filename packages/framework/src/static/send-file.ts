/**
 * Answers with a file: conditions, range, headers, body. Everything it says about the file comes from the stat of the
 * descriptor that is read. Called for a file of a root, and for a single download.
 */
import type { BigIntStats } from 'node:fs'
import type { Body, Environ, HeaderList, StartResponse } from '@tsgi/contract'
import { headersWith } from '../http/header-list.ts'
import { type RangeVerdict, readByteRange, type Span } from './byte-range.ts'
import { entityTagOf, judgeConditions, mayServeRange, type Validators, type Verdict } from './conditions.ts'
import { bodyOf, discard, type StoredFile } from './file-store.ts'
import { formatHttpDate, parseHttpDate } from './http-date.ts'
import { plainResponse } from './plain-response.ts'

/** What the file's own bytes do not say. */
export interface Presentation {
  /** Content-Type. */
  readonly type: string
  readonly cacheControl: string
  /** Content-Encoding, if the file is coded. */
  readonly coding?: string | undefined
  /** True if another coding may be chosen for another client. */
  readonly varies?: boolean
  /** Content-Disposition. */
  readonly disposition?: string | undefined
  /** Of the caller, each in place of the header of the same name. */
  readonly headers?: HeaderList | undefined
}

/** What of the answer no request changes. */
export interface FileFacts {
  readonly presentation: Presentation
  readonly validators: Validators
  /** Bytes of the file. */
  readonly size: number
  /** The headers of the whole file. Frozen: a server need not check them again. */
  readonly headers: HeaderList
}

export function factsOf(stat: BigIntStats, presentation: Presentation): FileFacts {
  const size = Number(stat.size)
  const validators = validatorsOf(stat, presentation)
  const headers = fileHeaders({ start: 0, length: size }, validators, presentation)
  return { presentation, validators, size, headers: Object.freeze(headers.map((pair) => Object.freeze(pair))) }
}

/**
 * Takes the file over: it ends in the body, or is closed.
 * @param facts called here, so that the file is closed also when an option's function throws.
 */
export function sendFile(
  environ: Environ,
  startResponse: StartResponse,
  file: StoredFile,
  facts: () => FileFacts,
): Body {
  let body: Body | undefined
  try {
    const answer = begin(environ, startResponse, facts())
    if (typeof answer === 'string') return answer
    body = bodyOf(file, answer)
    return body
  } finally {
    if (body === undefined) void discard(file)
  }
}

/** Calls startResponse. @returns the span to send, or the text to send instead of the file. */
function begin(
  environ: Environ,
  startResponse: StartResponse,
  { presentation, validators, size, headers }: FileFacts,
): Span | string {
  const decision = decide(environ, validators, size)
  if (decision === 'unchanged') {
    startResponse('304 Not Modified', unchangedHeaders(validators, presentation))
    return ''
  }
  if (decision === 'failed') {
    return plainResponse(environ, startResponse, '412 Precondition Failed', ownWithoutFile(presentation))
  }
  if (decision === 'unsatisfiable') {
    const range = ['Content-Range', `bytes */${size}`] as const
    return plainResponse(environ, startResponse, '416 Range Not Satisfiable', [range, ...ownWithoutFile(presentation)])
  }
  if (decision === 'whole') startResponse('200 OK', headers)
  else {
    const range = ['Content-Range', contentRange(decision, size)] as const
    startResponse('206 Partial Content', [range, ...fileHeaders(decision, validators, presentation)])
  }
  const span = decision === 'whole' ? { start: 0, length: size } : decision
  return environ.REQUEST_METHOD === 'HEAD' || span.length === 0 ? '' : span
}

type Decision = RangeVerdict | Exclude<Verdict, 'send'>

/** Conditions and ranges are about retrieval; a view may also answer a POST with a file, and that is sent whole. */
function decide(environ: Environ, validators: Validators, size: number): Decision {
  const { REQUEST_METHOD: method, HTTP_RANGE: range } = environ
  if (method !== 'GET' && method !== 'HEAD') return 'whole'
  const verdict = judgeConditions(environ, validators)
  if (verdict !== 'send') return verdict
  // Range is defined for GET alone (RFC 9110 §14.2).
  if (method !== 'GET' || range === undefined || !mayServeRange(environ, validators)) return 'whole'
  return readByteRange(range, size)
}

/** Last-Modified must not be later than Date (RFC 9110 §8.8.2.1). */
function validatorsOf({ size, mtimeNs }: BigIntStats, { coding, headers }: Presentation): Validators {
  const seconds = Math.floor(Number(mtimeNs / 1_000_000n) / 1000)
  const now = Math.floor(Date.now() / 1000)
  // Those of the caller are what clients come back with.
  const etag = headerIn(headers, 'etag') ?? entityTagOf(size, mtimeNs, coding)
  const date = parseHttpDate(headerIn(headers, 'last-modified') ?? '')
  return { etag, lastModified: date ?? Math.max(0, Math.min(seconds, now)) }
}

function headerIn(headers: HeaderList | undefined, name: string): string | undefined {
  return headers?.find((pair) => pair[0].toLowerCase() === name)?.[1]
}

function contentRange({ start, length }: Span, size: number): string {
  return `bytes ${start}-${start + length - 1}/${size}`
}

function fileHeaders({ length }: Span, { etag, lastModified }: Validators, presentation: Presentation): HeaderList {
  const { type, coding, disposition, headers } = presentation
  const own: HeaderList = [
    ['Content-Type', type],
    ['Content-Length', String(length)],
    ...optional('Content-Encoding', coding),
    ...optional('Content-Disposition', disposition),
    ['X-Content-Type-Options', 'nosniff'],
    ['Accept-Ranges', 'bytes'],
    ['Last-Modified', formatHttpDate(lastModified)],
    ['ETag', etag],
    ...cachingHeaders(presentation),
  ]
  return headersWith(own, headers)
}

/** What a 304 repeats (RFC 9110 §15.4.5). */
function unchangedHeaders({ etag }: Validators, presentation: Presentation): HeaderList {
  return headersWith([['ETag', etag], ...cachingHeaders(presentation)], ownWithoutFile(presentation))
}

/** The caller's headers without those that describe the file, for a response without it. */
function ownWithoutFile({ headers = [] }: Presentation): HeaderList {
  return headers.filter(([name]) => !/^(?:content-(?!security)|etag$|last-modified$)/i.test(name))
}

function cachingHeaders({ cacheControl, varies }: Presentation): HeaderList {
  return [['Cache-Control', cacheControl], ...optional('Vary', varies === true ? 'Accept-Encoding' : undefined)]
}

function optional(name: string, value: string | undefined): HeaderList {
  return value === undefined ? [] : [[name, value]]
}
