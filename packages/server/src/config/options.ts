/**
 * The one table of options. Flags, `TSGI_*` variables, the config file, `--help`, the documentation and the `Config`
 * type all derive from it; nothing about an option is written anywhere else.
 * Names and meanings are gunicorn's wherever it has one.
 */
import { DEFAULT_FORWARDED_FIELDS } from '../proxy/forwarded-trust.ts'
import {
  BIND,
  CHARSET,
  FIELD_VALUE,
  FILE_MODE,
  FORWARDED_FIELDS,
  HOST,
  LOG_FORMAT,
  list,
  type Option,
  oneOf,
  optional,
  PEERS,
  PID_FILE,
  PORT,
  repeated,
  SWITCH,
  seconds,
  single,
  size,
  text,
  wholeNumber,
} from './option.ts'

export const OPTIONS = {
  interface: single(oneOf('auto', 'tsgi', 'node', 'fetch', 'wsgi'), 'auto', {
    group: 'Application',
    help: 'What the application is: (environ, startResponse), (request, response), fetch(request), or a Python WSGI application. Without it, what the module exports decides.',
  }),
  python: optional(text('PATH'), {
    group: 'Application',
    help: 'The interpreter for Python applications. Without it, that of the active virtual environment or of .venv, else python3.',
  }),
  pythonpath: repeated(text('DIR'), [], {
    group: 'Application',
    help: 'Look for Python modules here too, after the working directory.',
  }),
  pythonProcesses: single(wholeNumber(1), 1, {
    group: 'Application',
    help: 'Python processes of each worker.',
  }),
  threads: single(wholeNumber(1), 1, {
    group: 'Application',
    help: 'Threads of each Python process. With more than one, the application must be thread-safe.',
  }),
  dynamic: single(SWITCH, false, {
    group: 'Application',
    help: 'In a folder, /page.ts, .js and .py run the application of that module. A request runs any script of the folder, before it is known whether it is an application. Sources and files of the project are never sent.',
  }),
  listing: single(SWITCH, false, {
    group: 'Application',
    help: 'In a folder, a path that ends with a slash and has no index.html shows the names, sizes and dates of its files. Hidden files are left out.',
  }),
  charset: optional(CHARSET, {
    group: 'Application',
    help: 'The charset that the text files of a folder are in, such as gbk; utf-8 without it.',
  }),
  middleware: optional(text('MODULE'), {
    group: 'Application',
    help: 'A module whose default export is a list of contract middleware, the outermost first: it goes round whatever is served, Python and Express included.',
  }),
  bind: repeated(BIND, [{ kind: 'tcp', host: '127.0.0.1', port: 8000 }], {
    group: 'Sockets',
    short: 'b',
    help: 'Listen here: HOST:PORT, [IPV6]:PORT, :PORT (every address), unix:PATH or fd:N. Port 0 lets the system choose.',
  }),
  host: optional(HOST, {
    group: 'Sockets',
    help: 'Listen at this address or host name; in place of --bind, with --port. HOST in the environment counts where no option says it.',
  }),
  port: optional(PORT, {
    group: 'Sockets',
    help: 'Listen at this port of 127.0.0.1, or of --host; 0 lets the system choose. PORT in the environment counts where no option says it, for every address of the machine.',
  }),
  protocol: single(oneOf('http', 'uwsgi', 'fastcgi', 'scgi'), 'http', {
    group: 'Sockets',
    help: "What is spoken there. uwsgi, fastcgi and scgi are for a web server in front: nginx's uwsgi_pass, fastcgi_pass and scgi_pass. Only unix sockets and the peers of --forwarded-allow-ips may connect, this machine without it.",
  }),
  backlog: single(wholeNumber(1), 2048, {
    group: 'Sockets',
    help: 'Connections the kernel may queue per socket before a worker takes them.',
  }),
  socketMode: single(FILE_MODE, 0o666, {
    group: 'Sockets',
    help: 'Permission bits of unix sockets. As they are, every local user may connect, as over TCP.',
  }),
  workers: single(wholeNumber(1), 1, {
    group: 'Processes',
    short: 'w',
    help: 'Worker processes. One per core is a good start. WEB_CONCURRENCY in the environment counts where no option says it.',
  }),
  workerConnections: single(wholeNumber(1), 1000, {
    group: 'Processes',
    help: 'Connections one worker serves at most. At the cap an idle one makes room for a new one; an address with more than its share loses slow bodies and streams first. As many as --backlog may wait.',
  }),
  timeout: single(seconds(true), 30, {
    group: 'Processes',
    short: 't',
    help: 'A worker whose event loop stands still this long is killed and replaced; the log says where it hung.',
  }),
  loadTimeout: optional(seconds(true), {
    group: 'Processes',
    help: 'How long loading the application may take, Python included. Without it, 60 s or --timeout, whichever is longer; any time where --timeout is off.',
  }),
  maxRequests: single(wholeNumber(0), 0, {
    group: 'Processes',
    help: 'Replace a worker after this many requests, without losing one; 0 for never.',
  }),
  maxRequestsJitter: single(wholeNumber(0), 0, {
    group: 'Processes',
    help: 'Add up to this many at random, so that workers are not all replaced at once.',
  }),
  maxMemory: single(size(1024, true), 0, {
    group: 'Processes',
    help: 'Replace a worker whose resident memory is larger than this, without losing a request.',
  }),
  reload: single(SWITCH, false, {
    group: 'Processes',
    help: 'For development: reload when a file of the application changes, and show an error page when it does not load.',
  }),
  reloadExtraFile: repeated(text('PATH'), [], {
    group: 'Processes',
    help: 'With --reload, also reload when this file changes, or a file in this folder: templates, data. The config file is watched by itself.',
  }),
  gracefulTimeout: single(seconds(), 30, {
    group: 'Processes',
    help: 'How long a worker that has to leave may finish what is in flight.',
  }),
  drainDelay: single(seconds(true), 0, {
    group: 'Processes',
    help: 'When the server has to stop, /-/ready says 503 at once, and requests are taken for this long before the listeners close: a load balancer needs the time to notice. A second signal ends the delay.',
  }),
  chdir: optional(text('DIR'), { group: 'Processes', help: 'Change to this directory before anything is loaded.' }),
  pid: optional(PID_FILE, { group: 'Processes', short: 'p', help: "Write the master's process id here." }),
  user: optional(text('USER'), {
    group: 'Processes',
    short: 'u',
    help: 'Workers run as this user, by name or number. The master stays who it is; logs and unix sockets are given to it.',
  }),
  group: optional(text('GROUP'), {
    group: 'Processes',
    short: 'g',
    help: "Workers run as this group; without it, as the user's.",
  }),
  umask: optional(FILE_MODE, { group: 'Processes', short: 'm', help: 'Permission bits that new files do not get.' }),
  controlSocket: optional(text('PATH'), {
    group: 'Processes',
    help: 'The unix socket for tsgi status, reload, workers N and stop. Without it, one that belongs to the working directory; off for none.',
  }),
  config: optional(text('FILE'), {
    group: 'Configuration',
    short: 'c',
    help: 'A module whose default export is a set of options. Without it, tsgi.config.ts is read if it is there. Read again on reload.',
  }),
  checkConfig: single(SWITCH, false, {
    group: 'Configuration',
    help: 'Load the configuration and the application, say what is wrong, and exit: 0 if nothing is.',
  }),
  printConfig: single(SWITCH, false, {
    group: 'Configuration',
    help: 'Print every option, its value and where that came from, and exit.',
  }),
  limitRequestLine: single(size(64), 16 * 1024, {
    group: 'Requests',
    help: 'Longest request line, in bytes (414).',
  }),
  limitRequestFields: single(wholeNumber(1), 1000, {
    group: 'Requests',
    help: 'Most header fields of a request (431).',
  }),
  limitRequestFieldSize: single(size(64), 64 * 1024, {
    group: 'Requests',
    help: 'Most bytes of header fields, one and all together (431).',
  }),
  limitRequestBody: single(size(0), 1024 ** 3, {
    group: 'Requests',
    help: 'Largest request body, declared or counted (413).',
  }),
  headerTimeout: single(seconds(), 30, {
    group: 'Requests',
    help: 'A request head must have come within this time (408).',
  }),
  bodyTimeout: single(seconds(), 30, {
    group: 'Requests',
    help: 'A request body must not stand still longer than this (408).',
  }),
  bodyMinimumRate: single(wholeNumber(0), 240, {
    group: 'Requests',
    help: 'Bytes per second that a request body must bring, on average, while it is waited for (408); 0 for no rate.',
  }),
  keepAlive: single(seconds(), 5, {
    group: 'Requests',
    help: 'An idle connection is kept this long for its next request.',
  }),
  keepAliveRequests: single(wholeNumber(0), 0, {
    group: 'Requests',
    help: 'Requests that one connection may bring; the last answer says close. 0 for any number.',
  }),
  writeTimeout: single(seconds(), 60, {
    group: 'Requests',
    help: "A client that reads nothing for this long is cut off; so is one that reads so slowly that the kernel's buffer, which may hold megabytes, takes nothing new.",
  }),
  requestTimeout: single(seconds(true), 0, {
    group: 'Requests',
    help: 'A request not answered within this time gets 503 and its tsgi.signal aborted; its neighbours go on.',
  }),
  http2: single(SWITCH, false, {
    group: 'Proxies and TLS',
    help: 'Speak HTTP/2 too: with TLS where the client asks for it (ALPN), without TLS where it begins with it (h2c by prior knowledge).',
  }),
  earlyHints: single(SWITCH, false, {
    group: 'Requests',
    help: 'Send 103 Early Hints over HTTP/1.1. Behind nginx before 1.29 a request with one hangs, so they are off without this.',
  }),
  serverHeader: optional(FIELD_VALUE, {
    group: 'Requests',
    help: 'Send this as the Server header. None is sent without it.',
  }),
  certfile: repeated(text('FILE'), [], {
    group: 'Proxies and TLS',
    help: 'Speak HTTPS with this certificate chain (PEM). Given more than once, the name that a client asks for chooses; the first is for all others. Read again when a file changes, and on reload.',
  }),
  keyfile: repeated(text('FILE'), [], {
    group: 'Proxies and TLS',
    help: 'The private key of the certificate (PEM), one for each --certfile in the same order. Without it, it is looked for in the certificate file.',
  }),
  tlsMin: single(oneOf('1.2', '1.3'), '1.2', {
    group: 'Proxies and TLS',
    help: 'The oldest version of TLS that is spoken.',
  }),
  ciphers: optional(text('LIST'), {
    group: 'Proxies and TLS',
    help: "Ciphers in the notation of OpenSSL. Without it, Node's own list.",
  }),
  clientCa: optional(text('FILE'), {
    group: 'Proxies and TLS',
    help: 'Clients show a certificate that one of these authorities (PEM) has signed; the application finds it in SSL_CLIENT_*.',
  }),
  clientVerify: single(oneOf('required', 'optional'), 'required', {
    group: 'Proxies and TLS',
    help: 'Whether --client-ca turns away a client without a certificate. A bad certificate never passes.',
  }),
  redirectToHttps: single(SWITCH, false, {
    group: 'Proxies and TLS',
    help: 'Answer plain HTTP on any of the addresses with 308 to the same target by https, at the port of the first --bind.',
  }),
  forwardedAllowIps: list(PEERS, [], {
    group: 'Proxies and TLS',
    help: 'Believe what these peers say of the client in Forwarded and X-Forwarded-*: addresses, networks, unix, or * for every peer. These fields of all other peers are removed.',
  }),
  forwardedFields: list(FORWARDED_FIELDS, DEFAULT_FORWARDED_FIELDS, {
    group: 'Proxies and TLS',
    help: 'The fields that these peers write, and never pass on from a client: forwarded, x-forwarded-for, x-forwarded-proto, x-forwarded-host, another x-forwarded-* field for the application, and forwarded:host to believe the host in Forwarded too. All others of this kind are removed.',
  }),
  traceAllowIps: list(PEERS, [], {
    group: 'Proxies and TLS',
    help: 'Believe the X-Request-Id and the traceparent of these peers: addresses, networks, unix, or * for every peer. Requests of all other peers get new ones.',
  }),
  proxyAllowFrom: list(PEERS, [], {
    group: 'Proxies and TLS',
    help: 'Connections of these peers begin with a PROXY header, version 1 or 2, which says who the client is.',
  }),
  record: optional(text('DIR'), {
    group: 'Logs',
    help: 'Keep requests that failed in files of this folder, without secrets, so that tsgi replay can play them again. Files are for their owner only; at most 1,000 files, 256 MiB and 30 days are kept.',
  }),
  recordWhen: single(oneOf('error', 'slow', 'all'), 'error', {
    group: 'Logs',
    help: 'Which requests --record keeps: those with a status from 500 on or an error; slow ones too; all.',
  }),
  recordSlow: single(seconds(), 1, {
    group: 'Logs',
    help: 'How long a request takes that is slow for --record-when slow.',
  }),
  metrics: optional(BIND, {
    group: 'Logs',
    help: "Serve /metrics (Prometheus' text, all workers together), /-/health and /-/ready at this address.",
  }),
  accessLogfile: optional(text('FILE'), {
    group: 'Logs',
    help: 'Write one line per request here; - is standard output. No access log without it.',
  }),
  accessLogFormat: single(LOG_FORMAT, 'combined', {
    group: 'Logs',
    help: "How a line of the access log looks: combined, combined+ids, json, short, json:+header.NAME for named headers, or a template such as '%(h)s %(r)s %(s)s %({x-tenant}i)s' (docs/logs.md has the atoms). short is for people: method, target, status and time; on a terminal, and with --reload, it is on by itself.",
  }),
  slowRequest: single(seconds(true), 0, {
    group: 'Logs',
    help: 'Log a request that is under way for longer than this, once, with its JavaScript stack where it holds the event loop.',
  }),
  errorLogfile: single(text('FILE'), '-', { group: 'Logs', help: 'Write everything else here; - is standard error.' }),
  logLevel: single(oneOf('debug', 'info', 'warning', 'error', 'critical'), 'info', {
    group: 'Logs',
    help: 'What is worth a line in the error log.',
  }),
} as const

export type OptionName = keyof typeof OPTIONS
export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[] // the keys of a constant object are exactly its type's

/** What the server works with: every option, cast, with its default in place. */
export type Config = {
  readonly [Name in OptionName]: (typeof OPTIONS)[Name] extends Option<infer Value, infer _> ? Value : never
}

/** What a config file, or a caller of `serve()`, may write: any of the options, in plain values. */
export type Settings = {
  readonly [Name in OptionName]?:
    | ((typeof OPTIONS)[Name] extends Option<infer _, infer Input> ? Input : never)
    | undefined
}

/** `limitRequestLine` → `limit-request-line`. */
export function flagName(name: OptionName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** `limitRequestLine` → `TSGI_LIMIT_REQUEST_LINE`. */
export function variableName(name: OptionName): string {
  return `TSGI_${flagName(name).replaceAll('-', '_').toUpperCase()}`
}

/** The options that mean nothing where there is no master and nothing to load: `serve()` refuses them. */
export const COMMAND_OPTIONS = [
  'interface',
  'python',
  'pythonpath',
  'pythonProcesses',
  'threads',
  'dynamic',
  'listing',
  'charset',
  'middleware',
  'workers',
  'timeout',
  'loadTimeout',
  'maxRequests',
  'maxRequestsJitter',
  'maxMemory',
  'reload',
  'reloadExtraFile',
  'drainDelay',
  'chdir',
  'pid',
  'user',
  'group',
  'umask',
  'controlSocket',
  'config',
  'checkConfig',
  'printConfig',
  'metrics',
  'slowRequest',
  'record',
  'recordWhen',
  'recordSlow',
] as const satisfies readonly OptionName[]

/** The options that mean something in a process of your own: `serve()` takes these. */
export type InProcessSettings = Omit<Settings, (typeof COMMAND_OPTIONS)[number]>
