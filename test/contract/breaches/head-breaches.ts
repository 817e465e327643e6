/** Every wrong status and every wrong list of headers. */
import { environFor } from '@tsgi/contract/testing'
import { type BreachCase, serveNaively, wrong } from './breach.ts'

const STATUSES: readonly (readonly [BreachCase['clause'], unknown])[] = [
  ['C55', undefined],
  ['C55', 200],
  ['C55', ''],
  ['C55', '200'],
  ['C55', '204'],
  ['C55', '20 OK'],
  ['C55', '2000 OK'],
  ['C55', '200  OK'],
  ['C55', '200 OK '],
  ['C55', '200\tOK'],
  ['C55', ' 200 OK'],
  ['C55', '200 O\nK'],
  ['C55', '200 OK\n'],
  ['C55', '200 O\u0000K'],
  ['C55', '200 \u010a'],
  ['C55', '000 None'],
  ['C55', '600 More'],
  ['C55', 'OK'],
  ['C55', '\u0662\u0660\u0660 OK'],
  ['C56', '100 Continue'],
  ['C56', '101'],
  ['C56', '103 Early Hints'],
]

export const statusBreaches: readonly BreachCase[] = STATUSES.map(([clause, status]) => {
  return head(clause, `the status ${JSON.stringify(status)}`, status, [])
})

const LISTS: readonly (readonly [BreachCase['clause'], unknown])[] = [
  ['C57', undefined],
  ['C57', { 'Content-Type': 'text/plain' }],
  ['C57', new Map([['A', 'b']])],
  ['C57', 'A: b'],
  ['C57', ['A', 'b']],
  ['C57', ['ab']],
  ['C57', [['A']]],
  ['C57', [['A', 'b', 'c']]],
  ['C57', [['A', 1]]],
  ['C57', [[1, 'b']]],
  ['C57', [['A', undefined]]],
  ['C57', [['A', ['b', 'c']]]],
  ['C57', [null]],
  ['C58', [['', 'b']]],
  ['C58', [['A:', 'b']]],
  ['C58', [['A b', 'c']]],
  ['C58', [['A\n', 'b']]],
  ['C58', [['\u00c4', 'b']]],
  ['C58', [['A\u212a', 'b']]],
  ['C59', [['A', 'b\r\nC: d']]],
  ['C59', [['A', 'b\u0000']]],
  ['C59', [['A', 'b\u007fc']]],
  ['C59', [['A', 'b\u010a']]],
  ['C59', [['A', '\u2028']]],
  ['C59', [['A', ' b']]],
  ['C59', [['A', 'b\t']]],
  ['C59', [['A', ' ']]],
  ...['Connection', 'KEEP-ALIVE', 'proxy-connection', 'Transfer-Encoding', 'TE', 'trailer', 'Upgrade'].map(
    (name) => ['C60', [[name, 'x']]] as const,
  ),
  ['C61', [['Content-Length', '']]],
  ['C61', [['Content-Length', '-1']]],
  ['C61', [['content-length', '1, 1']]],
  ['C61', [['Content-Length', '1.0']]],
  ['C61', [['Content-Length', '\u00b9']]],
  [
    'C61',
    [
      ['Content-Length', '0'],
      ['content-length', '0'],
    ],
  ],
  [
    'C61',
    [
      ['Content-Type', 'text/plain'],
      ['content-type', 'text/plain'],
    ],
  ],
  ['C62', [['Status', '200 OK']]],
]

export const headersBreaches: readonly BreachCase[] = LISTS.map(([clause, headers]) => {
  return head(clause, `the headers ${JSON.stringify(headers)}`, '200 OK', headers)
})

export const entityBreaches: readonly BreachCase[] = ['204 No Content', '304 Not Modified'].flatMap((status) => [
  head('C63', `Content-Type with ${status}`, status, [['Content-Type', 'text/plain']]),
  head('C63', `Content-Length with ${status}`, status, [['content-length', '0']]),
])

const SWITCHES = [
  [],
  [['Upgrade', 'h2c']],
  [['Upgrade', 'echo, chat']],
  [
    ['Upgrade', 'echo'],
    ['upgrade', 'chat'],
  ],
  [
    ['Upgrade', 'echo'],
    ['Content-Length', '0'],
  ],
  [
    ['Upgrade', 'echo'],
    ['Connection', 'Upgrade'],
  ],
  undefined,
]

export const upgradeBreaches: readonly BreachCase[] = [
  ...SWITCHES.map((headers) => switching(`a 101 with ${JSON.stringify(headers)}`, [headers])),
  switching('a second 101', [[['Upgrade', 'Echo']], [['Upgrade', 'chat']]]),
]

/** Takes a connection over with each of `lists`. */
function switching(title: string, lists: readonly unknown[]): BreachCase {
  return {
    clause: 'C86',
    by: 'application',
    title,
    provoke: (check) => {
      const upgrade = () => ({ input: environ['wsgi.input'], write: async () => {} })
      const environ = environFor('/', { HTTP_UPGRADE: 'echo, chat', 'tsgi.upgrade': upgrade })
      const application = check((given) => {
        for (const headers of lists) given['tsgi.upgrade']?.(wrong(headers))
        return ''
      })
      return serveNaively(application, environ)
    },
  }
}

export const earlyHintsBreaches: readonly BreachCase[] = LISTS.map(([, headers]) => ({
  clause: 'C32',
  by: 'application',
  title: `early hints of ${JSON.stringify(headers)}`,
  provoke: (check) => {
    const environ = environFor('/', { 'tsgi.early_hints': () => {} })
    const application = check((given, startResponse) => {
      given['tsgi.early_hints']?.(wrong(headers))
      startResponse('204 ', [])
      return ''
    })
    return serveNaively(application, environ)
  },
}))

function head(clause: BreachCase['clause'], title: string, status: unknown, headers: unknown): BreachCase {
  return {
    clause,
    by: 'application',
    title,
    provoke: (check) =>
      serveNaively(
        check((_environ, startResponse) => {
          startResponse(wrong(status), wrong(headers))
          return ''
        }),
      ),
  }
}
