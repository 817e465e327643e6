/** Every way in which a server may hand over a wrong environ. */
import type { Environ } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import { acceptAll, answering, type BreachCase, serveNaively, wrong } from './breach.ts'

const METHODS = ['read', 'readline', Symbol.asyncIterator]

/** [clause, key, value]: an environ of `GET /a?b` with one key that is wrong. */
const WRONG_VALUES: readonly (readonly [BreachCase['clause'], string, unknown])[] = [
  ['C9', 'lower', 'x'],
  ['C9', 'REMOTE-USER', 'x'],
  ['C9', 'REMOTE_USER', 7],
  ['C9', 'REMOTE_USER', undefined],
  ['C9', 'HTTP_ACCEPT', ['x']],
  ['C9', 'HTTP_X-TAG', 'x'],
  ['C9', 'HTTP_x', 'x'],
  ['C9', 'http_accept', 'x'],
  ['C9', 'HTTP_', 'x'],
  ['C9', '__proto__', 'x'],
  ['C10', 'tsgi.singal', 'x'],
  ['C11', 'REQUEST_METHOD', ''],
  ['C11', 'REQUEST_METHOD', 'GET /'],
  ['C12', 'SCRIPT_NAME', '/'],
  ['C12', 'SCRIPT_NAME', 'a'],
  ['C12', 'SCRIPT_NAME', '/a/'],
  ['C13', 'PATH_INFO', 'a'],
  ['C13', 'PATH_INFO', '*'],
  ['C14', 'PATH_INFO', ''],
  ['C15', 'REQUEST_URI', ''],
  ['C15', 'REQUEST_URI', '/a b'],
  ['C15', 'REQUEST_URI', '/a?b#c'],
  ['C15', 'REQUEST_URI', '/\u00e4?b'],
  ['C15', 'REQUEST_URI', 'example.com:80'],
  ['C16', 'REQUEST_URI', '/b?b'],
  ['C16', 'REQUEST_URI', '/%61%?b'],
  ['C16', 'REQUEST_URI', '/a%00?b'],
  ['C16', 'PATH_INFO', '/b'],
  ['C16', 'SCRIPT_NAME', '/b'],
  ['C17', 'QUERY_STRING', '?b'],
  ['C17', 'QUERY_STRING', ''],
  ['C18', 'CONTENT_LENGTH', ''],
  ['C18', 'CONTENT_LENGTH', '-1'],
  ['C18', 'CONTENT_LENGTH', '0x1'],
  ['C18', 'CONTENT_LENGTH', '\u0661'],
  ['C19', 'HTTP_CONTENT_TYPE', 'text/plain'],
  ['C19', 'HTTP_CONTENT_LENGTH', '1'],
  ['C20', 'HTTP_PROXY', 'http://evil'],
  ['C21', 'HTTP_X', 'a\nb'],
  ['C21', 'HTTP_X', '\u0100'],
  ['C21', 'HTTP_X', ' x'],
  ['C21', 'HTTP_X', 'x\t'],
  ['C24', 'SERVER_NAME', ''],
  ['C24', 'SERVER_PORT', ''],
  ['C24', 'SERVER_PORT', 'http'],
  ['C25', 'SERVER_PROTOCOL', 'http/1.1'],
  ['C25', 'SERVER_PROTOCOL', 'HTTP/11'],
  ['C26', 'REMOTE_ADDR', '127.0.0.1 '],
  ['C26', 'REMOTE_PORT', 'x'],
  ['C27', 'wsgi.version', '1.0'],
  ['C27', 'wsgi.version', [1, 1]],
  ['C27', 'tsgi.version', [1]],
  ['C28', 'wsgi.url_scheme', 'HTTP'],
  ['C29', 'wsgi.multithread', 0],
  ['C29', 'wsgi.multiprocess', 'false'],
  ['C29', 'wsgi.run_once', null],
  ['C30', 'tsgi.signal', { aborted: false }],
  ['C32', 'tsgi.early_hints', 'x'],
  ['C33', 'tsgi.after_response', []],
  ['C86', 'tsgi.upgrade', () => {}],
  ['C96', 'tsgi.websocket', () => {}],
  ['C10', 'tsgi.request_id', 'a b'],
  ['C10', 'tsgi.request_id', ''],
  ['C10', 'tsgi.traceparent', `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`],
  ['C10', 'tsgi.traceparent', `00-${'1'.repeat(32)}-${'0'.repeat(16)}-01`],
  ['C10', 'tsgi.traceparent', `01-${'1'.repeat(32)}-${'1'.repeat(16)}-01`],
  ['C10', 'tsgi.traceparent', `00-${'A'.repeat(32)}-${'1'.repeat(16)}-01`],
  ['C10', 'tsgi.traceparent', ''],
  ['C10', 'tsgi.route', 7],
  ['C10', 'tsgi.route', '/a\nb'],
  ['C34', 'wsgi.file_wrapper', {}],
  ['C90', 'tsgi.leaving', true],
  ['C90', 'tsgi.leaving', new AbortController()],
  ['C91', 'tsgi.flush_head', true],
  ['C92', 'tsgi.trailers', []],
  ['C92', 'tsgi.trailers', { received: [], accepted: true }],
  ['C92', 'tsgi.trailers', { received: [], accepted: 'yes', send() {} }],
  ['C92', 'tsgi.trailers', { accepted: true, send() {} }],
  ['C95', 'tsgi.rate_limit', { take() {} }],
  ['C25', 'SERVER_PROTOCOL', 'HTTP/2'],
  ['C35', 'wsgiorg.routing_args', { id: '1' }],
  ['C35', 'wsgiorg.routing_args', [[], { id: 1 }]],
  ['C35', 'wsgiorg.routing_args', [[], { path: ['a', 1] }]],
  ['C35', 'wsgiorg.routing_args', [[], null]],
  ['C35', 'wsgiorg.routing_args', ['', {}]],
  ['C35', 'wsgiorg.routing_args', [[], {}, {}]],
  ['C36', 'wsgi.input', null],
  ...METHODS.map((method) => ['C36', 'wsgi.input', without(method, METHODS)] as const),
  ['C45', 'wsgi.errors', undefined],
  ['C45', 'wsgi.errors', { write() {}, flush() {} }],
  ['C45', 'wsgi.errors', { write() {}, writelines() {} }],
  ['C45', 'wsgi.errors', { writelines() {}, flush() {} }],
]

const REQUIRED = Object.keys(environFor('/')).filter((key) => key !== 'HTTP_HOST')

export const environBreaches: readonly BreachCase[] = [
  ...WRONG_VALUES.map(([clause, key, value]): BreachCase => {
    const title = `${key} being ${JSON.stringify(value)}`
    return breach(clause, title, withKey(environFor('/a?b'), key, value))
  }),
  ...REQUIRED.map((key) => breach('C7', `${key} missing`, environFor('/', { [key]: undefined }))),
  breach('C6', 'no environ', undefined),
  breach('C6', 'an environ that is null', null),
  breach('C6', 'an environ that is a string', 'environ'),
  breach('C6', 'an environ that is an array', []),
  breach('C6', 'a frozen environ', Object.freeze(environFor('/'))),
  breach('C6', 'an environ whose keys are inherited', Object.create(environFor('/'))),
  breach('C6', 'a key that a spread would lose', hidden(environFor('/'), 'tsgi.signal')),
]

export const lostKeyBreaches: readonly BreachCase[] = REQUIRED.map((key) => ({
  clause: 'C8',
  by: 'application',
  title: `an application that removes ${key}`,
  provoke: (check) =>
    serveNaively(
      check((environ, startResponse) => {
        delete environ[key]
        return answering('x')(environ, startResponse)
      }),
    ),
}))

function breach(clause: BreachCase['clause'], title: string, environ: unknown): BreachCase {
  return { clause, by: 'server', title, provoke: (check) => check(answering('x'))(wrong(environ), acceptAll) }
}

function withKey(environ: Environ, key: string, value: unknown): Environ {
  return Object.defineProperty(environ, key, { value, enumerable: true, writable: true, configurable: true })
}

function hidden(environ: Environ, key: string): Environ {
  return Object.defineProperty(environ, key, { enumerable: false })
}

function without(method: PropertyKey, methods: readonly PropertyKey[]): object {
  return Object.fromEntries(methods.filter((each) => each !== method).map((each) => [each, () => {}]))
}
