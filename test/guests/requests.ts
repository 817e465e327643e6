/**
 * The table of requests that every guest is asked, on every host: status, headers, HEAD, redirects, cookies, uploads,
 * streaming, errors before and after the head. The routes are those of the examples express, koa, fastify, hono and h3.
 * It is the seed of the conformance matrix: what is not in it is not known to be alike.
 */
import type { TableRequest } from '../support/raw-exchange.ts'

export interface Row extends TableRequest {
  readonly name: string
  /** Only a socket can bring this request. */
  readonly onSocket?: true
}

const JSON_TYPE = ['Content-Type', 'application/json'] as const

export const REQUESTS: readonly Row[] = [
  { name: 'the front page', target: '/' },
  { name: 'the front page with a query', target: '/?a=1&a=2&b=%20' },
  { name: 'an empty query', target: '/?' },
  { name: 'HEAD of the front page', target: '/', method: 'HEAD' },
  { name: 'OPTIONS of the front page', target: '/', method: 'OPTIONS' },
  { name: 'POST where there is only GET', target: '/', method: 'POST' },
  { name: 'POST with a body where there is only GET', target: '/', method: 'POST', body: 'a=b' },
  { name: 'HTTP/1.0', target: '/', protocol: 'HTTP/1.0', onSocket: true },
  { name: 'HTTP/1.0 of a stream', target: '/stream', protocol: 'HTTP/1.0', onSocket: true },
  { name: 'an absolute-form target', target: 'http://example.test/?x', onSocket: true },
  { name: 'a Host with a port', target: '/', headers: [['Host', 'other.test:8080']] },
  { name: 'a parameter', target: '/hello/Ada' },
  { name: 'a parameter beyond ASCII', target: '/hello/%C3%A9t%C3%A9%20%F0%9F%8E%89' },
  { name: 'a parameter with an escaped slash', target: '/hello/a%2Fb' },
  { name: 'a parameter to be escaped', target: '/hello/%3Cscript%3E&' },
  { name: 'a trailing slash', target: '/hello/Ada/' },
  { name: 'a doubled slash', target: '//hello/Ada', onSocket: true },
  { name: 'dots', target: '/hello/../json', onSocket: true },
  { name: 'JSON', target: '/json' },
  { name: 'JSON with a query', target: '/json?name=Ada&list=1&list=2&empty=' },
  { name: 'JSON with Accept', target: '/json', headers: [['Accept', 'application/json;q=0.9, text/*']] },
  { name: 'JSON for HEAD', target: '/json', method: 'HEAD' },
  { name: 'a JSON body', target: '/sum', method: 'POST', headers: [JSON_TYPE], body: '{"numbers":[1,2,3]}' },
  {
    name: 'a JSON body in UTF-8',
    target: '/sum',
    method: 'POST',
    headers: [['Content-Type', 'application/json; charset=utf-8']],
    body: '{"é":1,"numbers":[]}',
  },
  {
    name: 'a JSON body in chunks',
    target: '/sum',
    method: 'POST',
    headers: [JSON_TYPE],
    chunks: ['{"numb', 'ers":[4', ',5]}'],
  },
  { name: 'a JSON body that is none', target: '/sum', method: 'POST', headers: [JSON_TYPE], body: '{"numbers":' },
  {
    name: 'a JSON body that will not do',
    target: '/sum',
    method: 'POST',
    headers: [JSON_TYPE],
    body: '{"numbers":"x"}',
  },
  { name: 'an empty JSON body', target: '/sum', method: 'POST', headers: [JSON_TYPE], body: '' },
  { name: 'an upload', target: '/echo', method: 'PUT', headers: [['Content-Type', 'text/plain']], body: 'some text' },
  {
    name: 'an upload of octets',
    target: '/echo',
    method: 'PUT',
    headers: [['Content-Type', 'image/png']],
    body: Uint8Array.from({ length: 256 }, (_, i) => i),
  },
  {
    name: 'a large upload',
    target: '/echo',
    method: 'PUT',
    headers: [['Content-Type', 'text/x']],
    body: 'tsgi '.repeat(100_000),
  },
  {
    name: 'an upload in chunks',
    target: '/echo',
    method: 'PUT',
    headers: [['Content-Type', 'text/x']],
    chunks: ['a', 'é', 'c'],
  },
  { name: 'an empty upload', target: '/echo', method: 'PUT', headers: [['Content-Type', 'text/x']], body: '' },
  {
    name: 'an upload with Expect',
    target: '/echo',
    method: 'PUT',
    headers: [
      ['Content-Type', 'text/x'],
      ['Expect', '100-continue'],
    ],
    body: 'expected',
    onSocket: true,
  },
  { name: 'a redirect', target: '/old' },
  { name: 'a redirect for HEAD', target: '/old', method: 'HEAD' },
  { name: 'a redirect for HTML', target: '/old', headers: [['Accept', 'text/html']] },
  { name: 'cookies', target: '/cookies' },
  { name: 'cookies that come back', target: '/cookies', headers: [['Cookie', 'seen=yes; theme=dark']] },
  {
    name: 'cookies in two headers',
    target: '/cookies',
    headers: [
      ['Cookie', 'a=1'],
      ['Cookie', 'b=2'],
    ],
    onSocket: true,
  },
  { name: 'a stream', target: '/stream' },
  { name: 'a stream for HEAD', target: '/stream', method: 'HEAD' },
  { name: 'a version', target: '/version' },
  { name: 'the same version', target: '/version', headers: [['If-None-Match', '"v1"']] },
  { name: 'another version', target: '/version', headers: [['If-None-Match', '"v0"']] },
  { name: 'the version for HEAD', target: '/version', method: 'HEAD' },
  { name: 'a 204', target: '/item', method: 'DELETE' },
  { name: 'a 204 for a body', target: '/item', method: 'DELETE', headers: [['Content-Type', 'text/plain']], body: 'x' },
  { name: 'not found', target: '/nowhere' },
  { name: 'not found for HEAD', target: '/nowhere', method: 'HEAD' },
  { name: 'not found for another method', target: '/nowhere', method: 'PATCH' },
  { name: 'an error before the head', target: '/error' },
  { name: 'an error before the head, for HEAD', target: '/error', method: 'HEAD' },
  { name: 'an error after the head', target: '/cut' },
  { name: 'an octet beyond ASCII in a header', target: '/json', headers: [['Accept', 'x/é']], onSocket: true },
  {
    name: 'many headers',
    target: '/json',
    headers: Array.from({ length: 60 }, (_, i) => [`X-Header-${i}`, `${i}`] as const),
  },
]
