// Each router behind one shape: `build(routes)` gives `match(method, path)`, which gives the route's value or undefined,
// and does what the router does to find the parameters. Routes come in path-to-regexp's language, without groups.

import { route } from '@tsgi/framework'
import findMyWay from 'find-my-way'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { TrieRouter } from 'hono/router/trie-router'
import { Memoirist } from 'memoirist'
import { match as compile } from 'path-to-regexp'
import { addRoute, createRouter, findRoute } from 'rou3'
import { indexEntries, readTable } from '../../../packages/framework/src/routing/route-table.ts'
import { Router } from '../../../packages/framework/src/routing/router.ts'

const starred = (path) => path.replace(/\*\w*$/, '*')

export const routers = {
  tsgi(routes) {
    const views = routes.map(
      ({ value }) =>
        () =>
          value,
    )
    const table = readTable(routes.map(({ method, path }, i) => route(method, path, views[i])))
    const router = new Router(indexEntries(table.rows), { caseSensitive: true, trailingSlash: 'strict' })
    const answer = (found) => (found.kind === 'found' ? found.value.target.view() : undefined)
    return { match: (method, path) => router.match(method, path), answer }
  },
  'find-my-way'(routes) {
    const router = findMyWay()
    for (const { method, path, value } of routes) router.on(method, starred(path), () => undefined, value)
    return { match: (method, path) => router.find(method, path), answer: (found) => found?.store }
  },
  'hono RegExpRouter'(routes) {
    const router = new RegExpRouter()
    for (const { method, path, value } of routes) router.add(method, starred(path), value)
    return { match: (method, path) => router.match(method, path), answer: ([found]) => found[0]?.[0] }
  },
  'hono TrieRouter'(routes) {
    const router = new TrieRouter()
    for (const { method, path, value } of routes) router.add(method, starred(path), value)
    return { match: (method, path) => router.match(method, path), answer: ([found]) => found[0]?.[0] }
  },
  rou3(routes) {
    const router = createRouter()
    for (const { method, path, value } of routes) addRoute(router, method, path.replace(/\*\w*$/, '**'), value)
    return { match: (method, path) => findRoute(router, method, path), answer: (found) => found?.data }
  },
  memoirist(routes) {
    const router = new Memoirist()
    for (const { method, path, value } of routes) router.add(method, starred(path), value)
    return { match: (method, path) => router.find(method, path), answer: (found) => found?.store }
  },
  'path-to-regexp loop'(routes) {
    const list = routes.map(({ method, path, value }) => ({ method, value, match: compile(path) }))
    const match = (method, path) => {
      for (const entry of list) {
        const found = entry.method === method && entry.match(path)
        if (found) return { value: entry.value, params: found.params }
      }
    }
    return { match, answer: (found) => found?.value }
  },
}
