/** Every wrong use, and every wrong make, of `tsgi.trailers`. */
import type { Environ, Trailers } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import { answering, type BreachCase, serveNaively, wrong } from './breach.ts'

const SENT: readonly unknown[] = [
  ...[undefined, 'X: y', { 'X-A': '1' }, [['X-A']], [['X-A', 1]], [['X A', '1']], [['X-A', 'a\nb']], [['X-A', ' a']]],
  ...['Content-Length', 'content-type', 'HOST', 'Authorization', 'Set-Cookie', 'Cookie', 'Trailer', 'TE', 'Date'].map(
    (name) => [[name, '1']],
  ),
]

const RECEIVED: readonly unknown[] = [
  ...[null, 'x', {}, [['x']], [['X-Upper', '1']], [['x y', '1']], [['x', 'a\r\nb']], [['x', 1]]],
  ...['content-length', 'authorization', 'transfer-encoding'].map((name) => [[name, '1']]),
]

export const trailerBreaches: readonly BreachCase[] = [
  ...SENT.map((fields) =>
    using('C93', 'application', `trailers sent as ${JSON.stringify(fields)}`, [], (given) =>
      given?.send(wrong(fields)),
    ),
  ),
  {
    clause: 'C93',
    by: 'application',
    title: 'trailers sent after the response has ended',
    provoke: async (check) => {
      let late: Trailers | undefined
      const application = check((environ, startResponse) => {
        late = environ['tsgi.trailers']
        return answering('x')(environ, startResponse)
      })
      await serveNaively(application, withTrailers([]))
      late?.send([['X-Late', '1']])
    },
  },
  ...RECEIVED.map((received) =>
    using('C92', 'server', `trailers received as ${JSON.stringify(received)}`, received, (given) => given?.received),
  ),
]

function withTrailers(received: unknown): Environ {
  return environFor('/', { 'tsgi.trailers': { received, accepted: true, send: () => undefined } })
}

function using(
  clause: BreachCase['clause'],
  by: BreachCase['by'],
  title: string,
  received: unknown,
  use: (trailers: Trailers | undefined) => unknown,
): BreachCase {
  const provoke: BreachCase['provoke'] = (check) =>
    serveNaively(
      check((environ, startResponse) => {
        use(environ['tsgi.trailers'])
        return answering('x')(environ, startResponse)
      }),
      withTrailers(received),
    )
  return { clause, by, title, provoke }
}
