/**
 * `fromNodeHandler` beside `node:http`: each case of node-cases is asked at home and as a guest, and must answer alike.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromNodeHandler } from '../../../packages/server/src/guests/node-handler.ts'
import { comparable } from '../../support/comparable.ts'
import { fetchHost, gatewayHost, type Host, nodeHome, nodeHost } from '../../support/hosts.ts'
import type { Answer, TableRequest } from '../../support/raw-exchange.ts'
import { NODE_CASES } from './node-cases.ts'

/** The case is named by a header: its target is its own. */
function handler(request: IncomingMessage, response: ServerResponse): unknown {
  const index = Number(request.headers['x-case'])
  delete request.headers['x-case']
  return NODE_CASES[index]?.handler(request, response)
}

function requestOf(index: number): TableRequest {
  const { target = '/', headers = [], ...rest } = NODE_CASES[index]?.request ?? {}
  return { ...rest, target, headers: [['X-Case', String(index)], ...headers] }
}

let home: Host
let hosts: Host[]

beforeAll(async () => {
  home = await nodeHome(handler)
  hosts = [
    await gatewayHost(fromNodeHandler(handler)),
    await nodeHost(fromNodeHandler(handler)),
    fetchHost(fromNodeHandler(handler)),
    await gatewayHost(fromNodeHandler(handler, { serverOptions: {} })),
  ]
})

afterAll(async () => {
  await Promise.all([home, ...hosts].map((host) => host.close()))
})

/** What a socket shows: all of it. */
describe.each([
  ['gateway', 0, ''],
  ['node', 1, ''],
  ['gateway', 3, ', by way of its parser,'],
] as const)('a guest on the %s host (%i%s) answers as on node:http', (which, at, _way) => {
  const cases = NODE_CASES.map((each, index) => ({ ...each, index }))

  it.each(cases.filter(({ differs }) => differs?.includes(which) !== true))('$name', async ({ index }) => {
    const [atHome, asGuest] = await askBoth(index, at)
    expect(comparable(asGuest, atHome)).toEqual(comparable(atHome))
  })

  it.each(cases.filter(({ differs }) => differs?.includes(which)))(
    '$name, but for what is listed',
    async ({ index }) => {
      const [atHome, asGuest] = await askBoth(index, at)
      expect(comparable(asGuest, atHome)).not.toEqual(comparable(atHome))
      expect([asGuest.status, asGuest.whole]).toEqual([atHome.status, true])
    },
  )
})

describe('a guest as a fetch handler answers as on node:http', () => {
  const cases = NODE_CASES.map((each, index) => ({ ...each, index }))

  it.each(cases.filter(({ onSocket }) => onSocket !== true))('$name', async ({ index }) => {
    const [atHome, asGuest] = await askBoth(index, 2)
    expect(comparable(asGuest, atHome, 'fields')).toEqual(comparable(atHome, atHome, 'fields'))
  })
})

async function askBoth(index: number, at: number): Promise<[Answer, Answer]> {
  const [host = home] = hosts.slice(at)
  return [await home.ask(requestOf(index)), await host.ask(requestOf(index))]
}
