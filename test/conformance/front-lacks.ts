/**
 * What each front lacks, by its name in fronts.ts: rows with the reason, which is the front's own or that of the protocol
 * it speaks with us. `G-…` are the rows of guests. Only data.
 */
import type { Target } from '@tsgi/conformance'

type Lacks = NonNullable<Target['lacks']>

function because(reason: string, ...rows: readonly string[]): Lacks {
  return Object.fromEntries(rows.map((row) => [row, reason]))
}

const TRAILERS_IN = ['C92-1', 'C92-2', 'C92-3']
const TRAILERS_OUT = ['C92-5', 'C93-1', 'C94-1', 'C94-2', 'C94-3', 'C94-4', 'C94-5', 'C94-6', 'C94-11']
const UPGRADE = ['C86-2', 'C87-1', 'C87-2', 'C87-3', 'C87-4']
const CHUNKED = ['C18-2', 'C37-2', 'C37-8', 'C38-2', 'C39-2', 'C40-2', ...TRAILERS_IN, 'C92-4', 'C92-6', 'K-5', 'K-6']

const noTrailers = (front: string): Lacks => because(`${front} drops trailers`, ...TRAILERS_IN, ...TRAILERS_OUT)
const noUpgrade: Lacks = because('this configuration passes no Upgrade on', ...UPGRADE)
const EMPTY = because('an empty variable and an absent one are the same in CGI', 'C21-3')
const ZERO = because('the front says CONTENT_LENGTH 0 where no length was sent', 'C18-3')

const nginx: Lacks = {
  ...noTrailers('nginx'),
  ...noUpgrade,
  ...because('nginx answers such a target by itself', 'C7-2', 'C13-2', 'C16-7'),
  ...because('nginx passes the path and the host on, not the target', 'C15-4', 'C15-5'),
  ...because('nginx answers 100 by itself', 'C44-3'),
  ...because('nginx sends a Server header of its own', 'C65-6'),
  ...because('nginx ends the connection of HTTP/1.0 as if the response were whole', 'C83-7'),
  ...because('nginx reads a trailer section of any length, and drops it', 'C92-6'),
}

const apache: Lacks = {
  ...noTrailers('Apache'),
  ...noUpgrade,
  ...because('Apache answers OPTIONS * by itself', 'C7-2', 'C13-2'),
  ...because('Apache answers such a target by itself', 'C16-6', 'C16-7'),
  ...because('Apache joins two Cookie fields with a comma', 'C22-2'),
  ...because('Apache goes on reading a response whose client has left', 'C31-2'),
  ...because('Apache sends a Server header of its own', 'C65-6'),
  ...because('Apache ends the connection of HTTP/1.0 as if the response were whole', 'C83-7'),
}

/** Its gateways collect the body of a request first. */
const apacheGateway: Lacks = {
  ...apache,
  ...EMPTY,
  ...because('Apache reads the whole body before it calls us', 'C40-3'),
  ...because('Apache answers 100 when it reads the body, which is before the response', 'C44-3'),
}

const noChunks: Lacks = {
  ...because('Apache answers 411 to a body without a length', ...CHUNKED, 'G-upload-chunked'),
  ...because('Apache answers 500 where the client ends in mid-body', 'C40-4'),
}

const lighttpd: Lacks = {
  ...noTrailers('lighttpd'),
  ...noUpgrade,
  ...EMPTY,
  ...ZERO,
  ...because('lighttpd answers OPTIONS * by itself', 'C7-2', 'C13-2'),
  ...because('lighttpd answers 400 to such a target', 'C15-4', 'C15-5', 'C16-4'),
  ...because('lighttpd does not drop names with _, and joins them with those with -', 'C22-3', 'C22-4'),
  ...because('lighttpd answers 400 to GET with a body', 'C39-4'),
  ...because('lighttpd reads the whole body before it calls us', 'C37-8', 'C40-1', 'C40-3', 'C44-3'),
  ...because('lighttpd reads the whole response first, whoever waits', 'C53-2', 'C74-1', 'C77-2'),
  ...because('lighttpd goes on reading where the client has left', 'C31-1', 'C31-2', 'C33-3', 'C78-3', 'G-leave'),
  ...because('lighttpd ends a cut response as if it were whole', 'C51-2', 'C83-6', 'C83-7', 'C94-9', 'G-cut'),
  ...because('lighttpd writes reason phrases itself', 'C55-1', 'C55-2'),
  ...because('lighttpd drops an empty field', 'C59-4'),
  ...because('lighttpd sends a Server header of its own', 'C65-6'),
  ...because('lighttpd reads a trailer section of any length, and drops it', 'C92-6'),
}

const absoluteForm = because('HAProxy answers 400 where the target names another host', 'C15-4', 'C15-5')
const haproxyOneZero = because('HAProxy ends the connection of HTTP/1.0 as if the response were whole', 'C83-7')
const oneVersion = (front: string): Lacks => because(`${front} speaks HTTP/1.1 with the server`, 'C25-2')

export const LACKS: Readonly<Record<string, Lacks>> = {
  'nginx, proxy_pass': { ...nginx, ...oneVersion('nginx') },
  'nginx, uwsgi_pass': {
    ...nginx,
    ...EMPTY,
    ...because('nginx collects a body without a length before it calls us', 'C37-8'),
  },
  'nginx, scgi_pass': {
    ...nginx,
    ...EMPTY,
    ...ZERO,
    ...because('SCGI has the length first, so nginx collects the body', 'C37-8', 'C40-1', 'C40-3'),
  },
  'nginx, fastcgi_pass': { ...nginx, ...EMPTY },
  HAProxy: {
    ...absoluteForm,
    ...haproxyOneZero,
    ...because('HAProxy goes on reading a response without option abortonclose', 'C31-2'),
    ...because('HAProxy does not pass the end of the client on before the body is whole', 'C40-1'),
    ...because('a head of 30 KB is larger than tune.bufsize', 'C66-3'),
  },
  'HAProxy, fcgi-app': {
    ...noTrailers('FastCGI'),
    ...noUpgrade,
    ...absoluteForm,
    ...haproxyOneZero,
    ...EMPTY,
    ...ZERO,
    ...because('HAProxy answers 500 to such a target by itself', 'C7-2', 'C13-2', 'C13-3', 'C16-5', 'C16-5b'),
    ...because('HAProxy goes on reading a response without option abortonclose', 'C31-2'),
    ...because('HAProxy 2.6 answers 400 to chunks larger than its buffer', 'C37-2', 'G-upload-chunked'),
    ...because('HAProxy 2.6 does not say where a body without a length ends', 'C37-8'),
    ...because('HAProxy does not pass the end of the client on before the body is whole', 'C40-1'),
    ...because('HAProxy waits for the whole body', 'C40-3', 'C44-2', 'C44-3'),
    ...because('HAProxy adds Content-Length: 0 to a 304', 'C63-2'),
    ...because('a head of 30 KB is larger than tune.bufsize', 'C66-3'),
    ...because('HAProxy takes a request without Host', 'K-7a'),
  },
  'Apache, proxy_http': {
    ...apache,
    ...oneVersion('Apache'),
    ...because('Apache joins slashes', 'C15-3'),
    ...because('Apache passes the path on, not the target', 'C15-4'),
    ...because('Apache sends Connection with its request', 'C23-1'),
    ...because('Apache holds the first part of a body back', 'C37-8'),
    ...because('Apache does not pass the end of the client on before the body is whole', 'C40-1'),
    ...because('Apache reads on where the response came before the body', 'C40-3'),
  },
  'Apache, mod_proxy_uwsgi': {
    ...apacheGateway,
    ...noChunks,
    ...because('mod_proxy_uwsgi answers 500 to %2F', 'C12-5', 'C16-2'),
  },
  'Apache, mod_proxy_scgi': {
    ...apacheGateway,
    ...noChunks,
    ...ZERO,
  },
  'Apache, mod_proxy_fcgi': {
    ...apacheGateway,
    ...because('Apache holds the first part of a body back', 'C37-8', 'C53-2'),
  },
  'lighttpd, mod_fastcgi': lighttpd,
  'lighttpd, mod_scgi': lighttpd,
}

const noLength: Lacks = because(
  'Apache drops Content-Length, and counts itself where the whole response has come at once',
  ...[
    'C65-3',
    'C65-4',
    'C68-3a',
    'C68-3b',
    'C68-3c',
    'C68-3d',
    'C69-1',
    'C69-2',
    'C69-3',
    'C71-1',
    'C73-1',
    'C73-4',
    'G-length',
  ],
)
const busy = because('Apache ends kept connections where its workers are busy', 'K-3')

/** Rows whose outcome depends on what has arrived in time. */
export const SOMETIMES: Readonly<Record<string, Lacks>> = {
  'Apache, proxy_http': busy,
  'Apache, mod_proxy_uwsgi': busy,
  'Apache, mod_proxy_scgi': { ...busy, ...noLength },
  'Apache, mod_proxy_fcgi': {
    ...busy,
    ...noLength,
    ...because(
      'Apache sees that its client has left when it writes next, seconds later',
      'C31-1',
      'C33-3',
      'C78-3',
      'G-leave',
    ),
  },
}
