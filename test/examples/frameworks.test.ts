/**
 * The framework examples on their home server and on ours: each request of the table must be answered alike. What
 * differs is listed below, by example and request, with its reason; docs/guests.md has the same list for people.
 */
import { connect } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { toNodeHandler } from 'h3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { app as expressApp } from '../../examples/express/app.ts'
import { app as fastifyApp } from '../../examples/fastify/app.ts'
import { app as h3App } from '../../examples/h3/app.ts'
import { app as honoApp } from '../../examples/hono/app.ts'
import { app as koaApp } from '../../examples/koa/app.ts'
import { detect } from '../../packages/server/src/guests/detect.ts'
import { REQUESTS } from '../guests/requests.ts'
import { comparable } from '../support/comparable.ts'
import { fetchHost, gatewayHost, type Host, nodeHome, nodeHost } from '../support/hosts.ts'

const EXAMPLES = [
  { name: 'express', label: 'Express 5', app: expressApp, home: () => nodeHome(expressApp), precision: 'octets' },
  { name: 'koa', label: 'Koa', app: koaApp, home: () => nodeHome(koaApp.callback()), precision: 'octets' },
  { name: 'fastify', label: 'Fastify', app: fastifyApp, home: fastifyHome, precision: 'octets' },
  {
    name: 'hono',
    label: 'Hono',
    app: honoApp,
    home: () => nodeHome(getRequestListener(honoApp.fetch, { overrideGlobalObjects: false })),
    precision: 'fields',
  },
  { name: 'h3', label: 'h3', app: h3App, home: () => nodeHome(toNodeHandler(h3App)), precision: 'fields' },
] as const

async function fastifyHome(): Promise<Host> {
  await fastifyApp.ready()
  return nodeHome((request, response) => fastifyApp.routing(request, response))
}

/** The length of nothing, which a 204 must not have (RFC 9110 §8.6), and the length of what a 304 stands for, made up. */
const H3_LENGTHS = 'h3 at home sends Content-Length: 0 with 204 and 304'
const DIFFERENCES: Readonly<Record<string, string>> = {
  'h3: a 204': H3_LENGTHS,
  'h3: a 204 for a body': H3_LENGTHS,
  'h3: the same version': H3_LENGTHS,
}

const UPLOAD = 'PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n'

/** Where clients go away. Only a socket can. */
const LEAVING = [
  { name: 'in mid-upload', octets: `${UPLOAD}Content-Length: 1000000\r\n\r\nhalf` },
  { name: 'within a chunk', octets: `${UPLOAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhal` },
  { name: 'before the answer', octets: 'GET /stream HTTP/1.1\r\nHost: x\r\n\r\n' },
  { name: 'with requests still to be answered', octets: 'GET /stream HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5) },
]

async function leave(port: number, octets: string): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await new Promise<void>((resolve) => socket.write(octets, () => resolve()))
  socket.resetAndDestroy()
}

describe.each(EXAMPLES)('examples/$name', ({ name, label, app, home: startHome, precision }) => {
  const recognised = detect(app)
  const alike = REQUESTS.filter((row) => DIFFERENCES[`${name}: ${row.name}`] === undefined)
  const different = REQUESTS.filter((row) => DIFFERENCES[`${name}: ${row.name}`] !== undefined)
  let home: Host
  let hosts: Record<'gateway' | 'node' | 'fetch', Host>

  beforeAll(async () => {
    if (recognised.interface === undefined) throw new Error(recognised.reason)
    const { application } = recognised
    home = await startHome()
    hosts = {
      gateway: await gatewayHost(application),
      node: await nodeHost(application),
      fetch: fetchHost(application),
    }
  })

  afterAll(async () => {
    await Promise.all([home, ...Object.values(hosts)].map((host) => host.close()))
  })

  it('is recognised', () => {
    expect(recognised).toMatchObject({ label })
  })

  it.each((['gateway', 'node'] as const).flatMap((which) => LEAVING.map((each) => ({ ...each, which }))))(
    'on the $which host a client that leaves $name costs nobody else anything',
    async ({ which, octets }) => {
      const host = hosts[which]
      const before = host.log()
      await leave(host.port, octets)
      const [request] = REQUESTS
      expect(request).toBeDefined()
      if (request !== undefined) {
        expect(comparable(await host.ask(request), undefined, precision)).toEqual(
          comparable(await home.ask(request), undefined, precision),
        )
      }
      expect(host.log()).toBe(before)
    },
  )

  describe.each(['gateway', 'node', 'fetch'] as const)('on the %s host', (which) => {
    const isFetch = which === 'fetch'
    const how = isFetch ? 'fields' : precision

    it.each(alike.filter(({ onSocket }) => !(isFetch && onSocket)))('answers as at home: $name', async (request) => {
      const atHome = await home.ask(request)
      expect(comparable(await hosts[which].ask(request), atHome, how)).toEqual(comparable(atHome, atHome, how))
    })

    it.runIf(different.length > 0).each(different)('differs as it is listed: $name', async (request) => {
      const atHome = comparable(await home.ask(request), undefined, how)
      const asGuest = comparable(await hosts[which].ask(request), undefined, how)
      expect(asGuest).not.toEqual(atHome)
      expect([asGuest.status, asGuest.body]).toEqual([atHome.status, atHome.body])
    })
  })
})
