/** Ways that show the environ (sections A to D of the rows). */
import type { Environ } from '@tsgi/contract'
import { answer, ok, PLAIN, show, thrownBy, type Ways, wait } from './way.ts'

const REQUIRED = [
  ...[
    'REQUEST_METHOD',
    'SCRIPT_NAME',
    'PATH_INFO',
    'QUERY_STRING',
    'SERVER_NAME',
    'SERVER_PORT',
    'SERVER_PROTOCOL',
    'REMOTE_ADDR',
  ],
  ...['REMOTE_PORT', 'REQUEST_URI', 'wsgi.version', 'wsgi.url_scheme', 'wsgi.input', 'wsgi.errors', 'wsgi.multithread'],
  ...['wsgi.multiprocess', 'wsgi.run_once', 'tsgi.version', 'tsgi.signal'],
]

/** The keys under `tsgi.` that the specification names. */
const KNOWN = new Set(
  [
    'version',
    'signal',
    'early_hints',
    'after_response',
    'upgrade',
    'websocket',
    'request_id',
    'traceparent',
    'leaving',
    'flush_head',
    'route',
    'rate_limit',
    'trailers',
  ].map((name) => `tsgi.${name}`),
)

const calledOn = new Set<string>()

export const environWays: Ways = {
  env: (environ, startResponse) => show(startResponse, textOf(environ)),
  ok: (environ, startResponse, notes, argument) => {
    void environ['tsgi.signal'].addEventListener('abort', () => {
      notes.aborted = true
    })
    return ok(() => argument || 'x')(environ, startResponse, notes, argument)
  },
  arguments: (environ, startResponse, notes) => {
    const same = notes.first === environ
    notes.first = environ
    notes.said.sameObject = same
    return show(startResponse, { environ: typeof environ, startResponse: typeof startResponse })
  },
  /** Answers when the other one, `argument`, has been called too. */
  meet: async (environ, startResponse, notes, argument) => {
    const [own = '', other = ''] = argument.split('/')
    calledOn.add(own)
    for (let tries = 0; !calledOn.has(other) && tries < 200; tries++) await wait(10)
    return ok(() => String(calledOn.has(other)))(environ, startResponse, notes, argument)
  },
  shape: (environ, startResponse) => {
    const copy = { ...environ }
    environ['my.key'] = {}
    return show(startResponse, {
      isOrdinary: Object.getPrototypeOf(environ) === Object.prototype,
      sameKeys:
        Object.keys(copy).sort().join() ===
        Object.keys({ ...copy })
          .sort()
          .join(),
      signalIsOwn: Object.hasOwn(environ, 'tsgi.signal') && Object.hasOwn(copy, 'tsgi.signal'),
      keepsOwnKeys: typeof environ['my.key'] === 'object',
    })
  },
  change: (environ, startResponse) => {
    const before = { key: environ['my.key'] ?? 'none', host: environ.HTTP_HOST }
    environ['my.key'] = 'set'
    environ.HTTP_HOST = 'changed'
    return show(startResponse, before)
  },
  missing: (environ, startResponse) =>
    show(
      startResponse,
      REQUIRED.filter((key) => !(key in environ)),
    ),
  unknown: (environ, startResponse) =>
    show(
      startResponse,
      Object.keys(environ).filter((key) => key.startsWith('tsgi.') && !KNOWN.has(key)),
    ),
  odd: (environ, startResponse) => {
    const cgi = Object.entries(environ).filter(([key]) => !key.includes('.'))
    return show(
      startResponse,
      cgi.filter(([key, value]) => !/^[A-Z0-9_]+$/.test(key) || typeof value !== 'string').map(([key]) => key),
    )
  },
  values: (environ, startResponse) =>
    show(startResponse, {
      versions: [environ['wsgi.version'], environ['tsgi.version']],
      booleans: [environ['wsgi.multithread'], environ['wsgi.multiprocess'], environ['wsgi.run_once']].map(
        (value) => typeof value,
      ),
      runOnce: environ['wsgi.run_once'],
    }),
  signal: (environ, startResponse) => {
    const signal = environ['tsgi.signal']
    return show(startResponse, {
      isSignal: signal instanceof AbortSignal,
      aborted: signal.aborted,
      isStable: signal === environ['tsgi.signal'],
      isCopied: { ...environ }['tsgi.signal'] === signal,
    })
  },
  hints: (environ, startResponse, notes, argument) => {
    environ['tsgi.early_hints']?.([['Link', '</a.css>; rel=preload']])
    return ok(() => 'hinted')(environ, startResponse, notes, argument)
  },
  'hints-late': async function* (environ, startResponse) {
    startResponse('200 OK', PLAIN)
    yield 'a'
    await wait(20)
    environ['tsgi.early_hints']?.([['Link', '</late.css>; rel=preload']])
    yield 'b'
  },
  'hints-bad': (environ, startResponse) => {
    const hints = environ['tsgi.early_hints']
    return show(startResponse, { has: hints !== undefined, thrown: thrownBy(() => hints?.([['Connection', 'x']])) })
  },
  /** Five requests at once, under a key that `argument` makes a new one. */
  limit: async (environ, startResponse, _notes, argument) => {
    const take = environ['tsgi.rate_limit']
    if (take === undefined) return show(startResponse, 'absent')
    const results = await Promise.all([1, 2, 3, 4, 5].map(() => take(argument, 3, 600_000)))
    return show(startResponse, {
      allowed: results.filter(({ isAllowed }) => isAllowed).length,
      remaining: Math.min(...results.map(({ remaining }) => remaining)),
      hasTimes: results.every(({ isAllowed, resetMs, retryMs }) => resetMs > 0 && isAllowed === (retryMs === 0)),
    })
  },
  log: (environ, startResponse, notes, argument) => {
    const errors = environ['wsgi.errors']
    errors.write(`${argument}-a\n`)
    errors.writelines([`${argument}-b\n`])
    errors.flush()
    return ok(() => 'logged')(environ, startResponse, notes, argument)
  },
  upgradable: (environ, startResponse) => show(startResponse, 'tsgi.upgrade' in environ),
  websocketable: (environ, startResponse) => show(startResponse, 'tsgi.websocket' in environ),
  'no-way': answer('404 Not Found', PLAIN, () => 'there is no such way'),
}

/** What is text, and the versions. */
function textOf(environ: Environ): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(environ).filter(([key, value]) => typeof value === 'string' || key === 'wsgi.version'),
  )
}
