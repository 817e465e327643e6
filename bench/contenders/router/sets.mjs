// The route sets as work: routes in the order in which they are tried, and requests with the value each must find.
import { readFileSync } from 'node:fs'

const read = (name) => JSON.parse(readFileSync(new URL(`../../routes/${name}.json`, import.meta.url), 'utf8'))

export const sets = {
  hono12() {
    const { routes, requests } = read('hono12')
    return { routes: numbered(routes.map(({ method, path }) => ({ method, path: named(path) }))), requests }
  },
  github() {
    const routes = numbered(read('github'))
    return { routes, requests: shuffled(routes.map(asked)) }
  },
  shopify() {
    const paths = read('shopify').flatMap((path) => [
      path.replace('{/:locale}', ''),
      path.replace('{/:locale}', '/:locale'),
    ])
    const own = [...new Set(paths)].filter((path) => path.startsWith('/')).sort(bySpecificity)
    const routes = numbered(own.filter(distinct()).map((path) => ({ method: 'GET', path })))
    return { routes, requests: shuffled(routes.map(asked)) }
  },
  /** So many routes of one kind; ten of them are asked for, or every one. */
  'growth-10': () => grown(10),
  'growth-100': () => grown(100),
  'growth-1000': () => grown(1000),
  'growth-2500': () => grown(2500),
  'growth-2500-all': () => grown(2500, 2500),
}

function grown(size, asks = 10) {
  const routes = numbered(
    Array.from({ length: size }, (_, i) => ({ method: 'GET', path: `/api/${word(i)}/:id/items/:item` })),
  )
  return { routes, requests: shuffled(routes.filter((_, i) => i % (size / asks) === 0).map(asked)) }
}

/** Words of a kind that share beginnings, as names do. */
function word(i) {
  const syllables = ['or', 'cus', 'in', 'pay', 'tax', 'us', 'pro', 'ship', 're', 'ac']
  return [...String(i)].map((digit) => syllables[Number(digit)]).join('')
}

const named = (path) => path.replace(/\*$/, '*path')
const numbered = (routes) => routes.map((route, value) => ({ ...route, value }))

function asked({ method, path, value }) {
  return { method, path: path.replace(/:\w+/g, (name) => `${name.slice(1, 4)}42`).replace(/\*\w*$/, 'a/b.css'), value }
}

/** Routers that prefer what is more specific, and routers that prefer what is first, then agree. */
function bySpecificity(a, b) {
  const [left, right] = [a.split('/'), b.split('/')]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = rank(left[i]) - rank(right[i])
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

function rank(segment) {
  if (segment.startsWith('*')) return 2
  return segment.startsWith(':') ? 1 : 0
}

/** `/:locale/x` and `/:page/x` are one route to every router. */
function distinct() {
  const seen = new Set()
  return (path) => {
    const shape = path.replace(/:\w+/g, ':').replace(/\*\w*/g, '*')
    return seen.has(shape) ? false : Boolean(seen.add(shape))
  }
}

/** The same order in every process. */
function shuffled(list) {
  const order = list.map((entry, i) => [(i * 7919) % 10007, entry])
  return order.sort(([a], [b]) => a - b).map(([, entry]) => entry)
}
