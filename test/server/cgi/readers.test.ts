/** The readers of uwsgi, SCGI and FastCGI: bytes in any pieces give the same variables; what is none is refused at once. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BlockReader, ProtocolError } from '../../../packages/server/src/cgi/block.ts'
import { RecordReader, readPairs } from '../../../packages/server/src/cgi/fastcgi.ts'
import { ScgiReader } from '../../../packages/server/src/cgi/scgi.ts'
import { UwsgiReader } from '../../../packages/server/src/cgi/uwsgi.ts'
import { DEFAULT_LIMITS } from '../../../packages/server/src/http1/limits.ts'
import { fastcgiPairs, fastcgiRecord, scgiRequest, uwsgiRequest } from '../../support/front-bytes.ts'

/** Feeds the bytes cut at these places. @returns the variables and what was left for the body. */
function play(reader: BlockReader, bytes: string, cuts: readonly number[]): { variables: unknown; rest: string } {
  const buffer = Buffer.from(bytes, 'latin1')
  const places = [...new Set(cuts.map((cut) => cut % (buffer.length + 1)))].sort((a, b) => a - b)
  let rest = ''
  for (const [index, from] of [0, ...places].entries()) {
    const piece = buffer.subarray(from, [...places, buffer.length][index])
    rest += piece.toString('latin1', reader.read(piece, 0))
  }
  return { variables: reader.variables, rest }
}

const text = fc.string({ unit: fc.constantFrom('a', 'Z', '_', '\xe9', '=', ' ', '\r'), maxLength: 300 })
const pairs = fc.array(fc.tuple(text, text), { maxLength: 8 })
const cuts = fc.array(fc.nat(), { maxLength: 6 })

describe.each([
  ['uwsgi', uwsgiRequest, () => new UwsgiReader(), 0],
  ['SCGI', scgiRequest, () => new ScgiReader(DEFAULT_LIMITS), 4],
] as const)('%s', (_, write, make, own) => {
  it('reads back what was written, however it is cut, and leaves the body', () => {
    fc.assert(
      fc.property(pairs, text, cuts, (written, body, places) => {
        const { variables, rest } = play(make(), write(written, body), places)
        const given = written.flat()
        expect(variables).toEqual(expect.arrayContaining(given))
        expect(Array.isArray(variables) ? variables.slice(own, own + given.length) : []).toEqual(given)
        expect(rest).toBe(body)
      }),
    )
  })

  it('is idle until a byte has come', () => {
    const reader = make()
    expect(reader.idle).toBe(true)
    reader.read(Buffer.from(write([]).slice(0, 1), 'latin1'), 0)
    expect(reader.idle).toBe(false)
  })
})

describe('uwsgi', () => {
  it.each([
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n'],
    ['SCGI', scgiRequest([])],
    ['FastCGI', fastcgiRecord(1, 1, '\0\u0001\0\0\0\0\0\0')],
    ['another plugin', '\u0005\0\0\0'],
    ['another modifier2', '\0\0\0\u0001'],
    ['a length beyond the packet', '\0\u0003\0\0\u0005\0a'],
    ['a cut length', '\0\u0001\0\0a'],
    ['a name without a value', '\0\u0003\0\0\u0001\0a'],
  ])('refuses %s', (_, bytes) => {
    expect(() => play(new UwsgiReader(), bytes, [])).toThrow(ProtocolError)
  })
})

describe('SCGI', () => {
  it.each([
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n'],
    ['uwsgi', uwsgiRequest([])],
    ['a leading zero', '010:'],
    ['an empty netstring', '0:,'],
    ['no comma', '3:a\0b;'],
    ['a block that does not end in NUL', '3:a\0b,'],
    ['a name without a value', '2:a\0,'],
    ['another first variable', '7:SCGI\x001\0,'],
    ['a length that is too large', '99999999999:'],
    ['a sign', '+1:'],
  ])('refuses %s', (_, bytes) => {
    expect(() => play(new ScgiReader(DEFAULT_LIMITS), bytes, [])).toThrow(ProtocolError)
  })
})

describe('FastCGI', () => {
  it('reads records however they are cut, without their padding', () => {
    const record = fc.record({ type: fc.nat(255), id: fc.nat(65_535), content: text, padding: fc.nat(255) })
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), cuts, (records, places) => {
        const bytes = records
          .map(({ type, id, content, padding }) => fastcgiRecord(type, id, content, padding))
          .join('')
        const buffer = Buffer.from(bytes, 'latin1')
        const reader = new RecordReader()
        const seen: unknown[] = []
        const ends = [...places.map((place) => place % (buffer.length + 1)).sort((a, b) => a - b), buffer.length]
        let from = 0
        for (const end of ends) {
          const piece = buffer.subarray(from, end)
          for (let at = 0; at < piece.length; ) {
            const step = reader.read(piece, at)
            at = step.end
            if (step.record !== undefined)
              seen.push({ type: step.record.type, id: step.record.id, content: step.record.content.toString('latin1') })
          }
          from = end
        }
        expect(seen).toEqual(records.map(({ type, id, content }) => ({ type, id, content })))
        expect(reader.idle).toBe(true)
      }),
    )
  })

  it('reads pairs of any length', () => {
    fc.assert(
      fc.property(pairs, (written) => {
        expect(readPairs(Buffer.from(fastcgiPairs(written), 'latin1'))).toEqual(written.flat())
      }),
    )
  })

  it.each(['\u0001', '\u0001\u0001a', '\x80\0\0', '\xff\xff\xff\xff\0a', '\u0001\x80\0\0\u0002ab'])(
    'refuses the pairs %j',
    (bytes) => {
      expect(() => readPairs(Buffer.from(bytes, 'latin1'))).toThrow(ProtocolError)
    },
  )

  it.each(['GET / HTTP/1.1', '\0', '\u0002'])('refuses %j at its first byte', (bytes) => {
    expect(() => new RecordReader().read(Buffer.from(bytes, 'latin1'), 0)).toThrow(ProtocolError)
  })
})
