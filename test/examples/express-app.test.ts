/**
 * The larger Express example, visited from the front page to the last picture: the same visit at home and on each of our
 * hosts, with a cookie jar, must be answered alike. Session ids are random, so they are compared by being there.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { app } from '../../examples/express-app/app.ts'
import { detect } from '../../packages/server/src/guests/detect.ts'
import { comparable } from '../support/comparable.ts'
import { fetchHost, gatewayHost, type Host, nodeHome, nodeHost } from '../support/hosts.ts'
import type { Answer, TableRequest } from '../support/raw-exchange.ts'

const BOUNDARY = 'a-boundary'
const FORM = ['Content-Type', 'application/x-www-form-urlencoded'] as const
const MULTIPART = ['Content-Type', `multipart/form-data; boundary=${BOUNDARY}`] as const
const PNG = Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * 7) % 256))
const PNG_ID = '/album/6e5f3b0d0f1e'

function multipart(...parts: ReadonlyArray<readonly [head: string, content: Uint8Array | string]>): Buffer {
  const pieces = parts.flatMap(([head, content]) => [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`,
    content,
    '\r\n',
  ])
  return Buffer.concat([...pieces, `--${BOUNDARY}--\r\n`].map((piece) => Buffer.from(piece)))
}

const picture = (content: Uint8Array | string) =>
  ['name="picture"; filename="p.png"\r\nContent-Type: image/png', content] as const

/** In this order: what is signed in, uploaded and deleted stays so. */
const VISIT: ReadonlyArray<readonly [name: string, request: TableRequest]> = [
  ['the front page, a stranger', { target: '/' }],
  ['the front page, HEAD', { target: '/', method: 'HEAD' }],
  ['the front page, fresh', { target: '/', headers: [['If-None-Match', 'W/"none"']] }],
  ['a style sheet', { target: '/public/site.css' }],
  ['a style sheet, HEAD', { target: '/public/site.css', method: 'HEAD' }],
  ['a style sheet, a range', { target: '/public/site.css', headers: [['Range', 'bytes=0-3']] }],
  ['a style sheet, an impossible range', { target: '/public/site.css', headers: [['Range', 'bytes=900-']] }],
  [
    'a style sheet, not modified',
    { target: '/public/site.css', headers: [['If-Modified-Since', 'Fri, 01 Jan 2100 00:00:00 GMT']] },
  ],
  ['a page', { target: '/public/about.html' }],
  ['a folder', { target: '/public' }],
  ['a folder without an index', { target: '/public/' }],
  ['no such file', { target: '/public/none.css' }],
  ['outside the folder', { target: '/public/..%2fapp.ts' }],
  ['a source', { target: '/app.ts' }],
  ['an account, a stranger', { target: '/account' }],
  ['the form', { target: '/account/sign-in' }],
  ['signing in without a body', { target: '/account/sign-in', method: 'POST' }],
  ['signing in without a name', { target: '/account/sign-in', method: 'POST', headers: [FORM], body: 'x=1' }],
  ['signing in with a bad name', { target: '/account/sign-in', method: 'POST', headers: [FORM], body: 'name=%3Cb%3E' }],
  [
    'signing in with too much',
    { target: '/account/sign-in', method: 'POST', headers: [FORM], body: `name=${'a'.repeat(20_000)}` },
  ],
  ['signing in', { target: '/account/sign-in', method: 'POST', headers: [FORM], body: 'name=Ad%C3%A8le' }],
  ['the front page, signed in', { target: '/' }],
  ['the account, signed in', { target: '/account' }],
  ['the account with a slash', { target: '/account/' }],
  ['signing in again', { target: '/account/sign-in', method: 'POST', headers: [FORM], body: 'name=Bob' }],
  ['the account of the other', { target: '/account' }],
  [
    'an upload',
    { target: '/album', method: 'POST', headers: [MULTIPART], body: multipart(['name="title"', 'été'], picture(PNG)) },
  ],
  [
    'two uploads',
    { target: '/album', method: 'POST', headers: [MULTIPART], body: multipart(picture('one'), picture('two')) },
  ],
  [
    'three uploads',
    {
      target: '/album',
      method: 'POST',
      headers: [MULTIPART],
      body: multipart(picture('1'), picture('2'), picture('3')),
    },
  ],
  [
    'an upload too large',
    { target: '/album', method: 'POST', headers: [MULTIPART], body: multipart(picture(Buffer.alloc(300_000))) },
  ],
  [
    'an upload in chunks',
    {
      target: '/album',
      method: 'POST',
      headers: [MULTIPART],
      chunks: [multipart(picture('one')).toString().slice(0, 60), multipart(picture('one')).toString().slice(60)],
    },
  ],
  [
    'an upload that is cut',
    { target: '/album', method: 'POST', headers: [MULTIPART], body: multipart(picture('one')).subarray(0, 80) },
  ],
  [
    'an upload without files',
    { target: '/album', method: 'POST', headers: [MULTIPART], body: multipart(['name="title"', 'none']) },
  ],
  [
    'a field that is no file',
    { target: '/album', method: 'POST', headers: [MULTIPART], body: multipart(['name="other"; filename="x"', 'x']) },
  ],
  ['a picture', { target: '/album/7692c3ad3540' }],
  ['a picture, HEAD', { target: '/album/7692c3ad3540', method: 'HEAD' }],
  ['a picture that is none', { target: PNG_ID }],
  ['deleting a picture that is none', { target: PNG_ID, method: 'DELETE' }],
  ['events', { target: '/feed' }],
  ['an export', { target: '/export.csv' }],
  ['an export, HEAD', { target: '/export.csv', method: 'HEAD' }],
  ['an error as JSON', { target: '/teapot', headers: [['Accept', 'application/json']] }],
  ['an error as a page', { target: '/teapot', headers: [['Accept', 'text/html']] }],
  ['a bad JSON of the form', { target: '/nowhere', method: 'POST', headers: [FORM], body: '%' }],
  ['not found', { target: '/nowhere?x=1' }],
  ['another method', { target: '/', method: 'PUT', body: 'x' }],
  ['OPTIONS', { target: '/account/sign-in', method: 'OPTIONS' }],
  ['signing out', { target: '/account/sign-out', method: 'POST' }],
  ['the account, signed out', { target: '/account' }],
]

let home: Host
let hosts: Record<'gateway' | 'node' | 'fetch', Host>
let visitAtHome: readonly Answer[]

beforeAll(async () => {
  const recognised = detect(app)
  if (recognised.interface === undefined) throw new Error(recognised.reason)
  const { application } = recognised
  home = await nodeHome(app)
  hosts = { gateway: await gatewayHost(application), node: await nodeHost(application), fetch: fetchHost(application) }
  visitAtHome = await visit(home)
})

afterAll(async () => {
  await Promise.all([home, ...Object.values(hosts)].map((host) => host.close()))
})

describe.each(['gateway', 'node', 'fetch'] as const)('examples/express-app on the %s host', (which) => {
  let visited: readonly Answer[]

  beforeAll(async () => {
    visited = await visit(hosts[which])
  })

  it.each(VISIT.map(([name], index) => [name, index] as const))('answers as at home: %s', (_name, index) => {
    const [atHome, asGuest] = [visitAtHome[index], visited[index]]
    if (atHome === undefined || asGuest === undefined) throw new Error('the visit ended early')
    const how = which === 'fetch' ? 'fields' : 'octets'
    expect(comparable(asGuest, atHome, how)).toEqual(comparable(atHome, atHome, how))
  })
})

it('has been visited in earnest', () => {
  const statuses = visitAtHome.map(({ status }) => status)
  expect([...new Set(statuses)].sort()).toEqual([200, 201, 206, 301, 302, 303, 304, 404, 413, 416, 418, 422, 500])
})

/** One visitor: the session's cookie is kept, and shown as `sid=…` only. */
async function visit(host: Host): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  let cookie: string | undefined
  for (const [, request] of VISIT) {
    const headers = [...(request.headers ?? []), ...(cookie === undefined ? [] : [['Cookie', cookie] as const])]
    const answer = await host.ask({ ...request, headers })
    cookie = answer.headers.find(([name]) => name.toLowerCase() === 'set-cookie')?.[1].split(';')[0] ?? cookie
    answers.push({
      ...answer,
      headers: answer.headers.map(([name, value]) => [name, value.replace(/sid=[^;]{20,}/, 'sid=…')]),
    })
  }
  return answers
}
