/**
 * Every frame rule and close code of RFC 6455, as the Autobahn suite groups them (its sections 1 to 7), over TCP and TLS.
 * Each exchange is sent whole, byte by byte, and cut at each byte.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application } from '@tsgi/framework'
import { websocket } from '@tsgi/framework/websocket'
import { serve } from '@tsgi/server'
import { afterAll, describe, expect, it } from 'vitest'
import { header, masked, openRaw, said } from '../../support/websocket-frames.ts'

const application = new Application([
  websocket('/echo', { maxMessage: 200_000 }, async (peer) => {
    for await (const message of peer) await peer.send(message)
  }),
])
const folder = mkdtempSync(join(tmpdir(), 'tsgi-websocket-'))
const [keyfile, certfile] = [join(folder, 'key'), join(folder, 'cert')]
const kind = [
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:prime256v1',
  '-nodes',
  '-days',
  '2',
  '-subj',
  '/CN=localhost',
]
execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', keyfile, '-out', certfile], { stdio: 'ignore' })
const errorLogfile = join(folder, 'log')

const plain = await serve(application, { bind: ['127.0.0.1:0'], errorLogfile })
const secure = await serve(application, { bind: ['127.0.0.1:0'], errorLogfile, certfile, keyfile })
afterAll(async () => {
  await Promise.all([plain.close(), secure.close()])
  rmSync(folder, { recursive: true })
})
const TRANSPORTS = [
  ['TCP', String(plain.addresses[0])],
  ['TLS', String(secure.addresses[0])],
] as const

const [CONTINUED, TEXT, BINARY, CLOSE, PING, PONG] = [0x80, 0x81, 0x82, 0x88, 0x89, 0x8a]
const code = (number: number, reason: string | Uint8Array = '') =>
  masked(CLOSE, Buffer.concat([Buffer.from([number >> 8, number & 255]), Buffer.from(reason)]))
const BYE = code(1000)
const a125 = 'p'.repeat(125)

type Case = readonly [title: string, frames: readonly Buffer[], answer: readonly string[]]

/** A whole exchange: the connection ends with the last answer. */
const WHOLE: readonly Case[] = [
  ['1.1.1 empty text', [masked(TEXT, ''), BYE], ['text ', 'close 1000']],
  ['1.1.2 text of 125', [masked(TEXT, a125), BYE], [`text ${a125}`, 'close 1000']],
  ['1.1.3 text of 126', [masked(TEXT, `${a125}x`), BYE], [`text ${a125}x`, 'close 1000']],
  ['1.2.1 empty bytes', [masked(BINARY, ''), BYE], ['bytes ', 'close 1000']],
  ['1.2.2 bytes', [masked(BINARY, Buffer.from([0, 255])), BYE], ['bytes 00ff', 'close 1000']],
  [
    'a length in 16 bits that fits into 7',
    [Buffer.concat([header(TEXT, 1, 0x80, 16), Buffer.from('\0\0\0\0a')]), BYE],
    ['text a', 'close 1000'],
  ],
  [
    'a length in 64 bits that fits into 7',
    [Buffer.concat([header(TEXT, 1, 0x80, 64), Buffer.from('\0\0\0\0a')]), BYE],
    ['text a', 'close 1000'],
  ],
  ['2.1 ping without payload', [masked(PING, ''), BYE], ['pong ', 'close 1000']],
  ['2.4 ping of 125', [masked(PING, a125), BYE], [`pong ${a125}`, 'close 1000']],
  ['2.7 pong that was not asked for', [masked(PONG, ''), masked(PONG, 'x'), BYE], ['close 1000']],
  [
    '2.10 ten pings',
    [...Array.from({ length: 10 }, (_, i) => masked(PING, String(i))), BYE],
    [...Array.from({ length: 10 }, (_, i) => `pong ${i}`), 'close 1000'],
  ],
  ['5.3 two fragments', [masked(0x01, 'a'), masked(CONTINUED, 'b'), BYE], ['text ab', 'close 1000']],
  [
    '5.6 a ping between fragments',
    [masked(0x01, 'a'), masked(PING, 'p'), masked(CONTINUED, 'b'), BYE],
    ['pong p', 'text ab', 'close 1000'],
  ],
  [
    '5.8 a pong between fragments',
    [masked(0x01, 'a'), masked(PONG, 'p'), masked(CONTINUED, 'b'), BYE],
    ['text ab', 'close 1000'],
  ],
  ['6.1.2 empty fragments', [masked(0x01, ''), masked(0, ''), masked(CONTINUED, ''), BYE], ['text ', 'close 1000']],
  [
    '6.1.3 one full of three fragments',
    [masked(0x01, ''), masked(0, 'x'), masked(CONTINUED, ''), BYE],
    ['text x', 'close 1000'],
  ],
  [
    '6.2.2 a character over two fragments',
    [masked(0x01, Buffer.from([0xc3])), masked(CONTINUED, Buffer.from([0xa9])), BYE],
    ['text é', 'close 1000'],
  ],
  [
    '6.5 the last character',
    [masked(TEXT, Buffer.from([0xf4, 0x8f, 0xbf, 0xbf])), BYE],
    ['text \u{10ffff}', 'close 1000'],
  ],
  ['a byte order mark stays', [masked(TEXT, '\ufeffx'), BYE], ['text \ufeffx', 'close 1000']],
  ['a close between fragments', [masked(0x01, 'a'), BYE], ['close 1000']],
  ['7.1.2 two closes', [BYE, BYE], ['close 1000']],
  ['7.1.3 a ping after the close', [BYE, masked(PING, 'p')], ['close 1000']],
  ['7.1.4 a text after the close', [BYE, masked(TEXT, 'x')], ['close 1000']],
  ['7.3.1 a close without payload', [masked(CLOSE, '')], ['close']],
  ['7.3.4 a close with a reason', [code(1000, 'bye')], ['close 1000']],
  ['7.3.5 a reason of 123', [code(1000, 'x'.repeat(123))], ['close 1000']],
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999].map(
    (number): Case => [`7.7 the code ${number}`, [code(number)], [`close ${number}`]],
  ),
]

/** What breaks the protocol: the last answer is the close. A text before it is still answered. */
const BROKEN: readonly Case[] = [
  ['2.5 ping of 126', [masked(PING, `${a125}x`)], ['close 1002']],
  ['pong of 126', [masked(PONG, `${a125}x`)], ['close 1002']],
  ...[0xc1, 0xa1, 0x91, 0xf1, 0xc2, 0xc8, 0xa9].map(
    (first): Case => [`3 reserved bits, ${first.toString(16)}`, [masked(first, 'a')], ['close 1002']],
  ),
  ['3.2 reserved bit after a text', [masked(TEXT, 'a'), masked(0xa1, 'b')], ['text a', 'close 1002']],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
    (opcode): Case => [`4 opcode ${opcode}`, [masked(0x80 | opcode, 'a')], ['close 1002']],
  ),
  ['4.1.3 opcode 5 after a text', [masked(TEXT, 'a'), masked(0x85, ''), masked(PING, '')], ['text a', 'close 1002']],
  ['5.1 a fragmented ping', [masked(0x09, 'a'), masked(CONTINUED, 'b')], ['close 1002']],
  ['5.2 a fragmented pong', [masked(0x0a, 'a'), masked(CONTINUED, 'b')], ['close 1002']],
  ['a fragmented close', [masked(0x08, 'ab')], ['close 1002']],
  ['5.9 a continuation of nothing', [masked(CONTINUED, 'a')], ['close 1002']],
  ['5.10 a continuation of nothing, not final', [masked(0, 'a')], ['close 1002']],
  [
    '5.15 a continuation after a message',
    [masked(0x01, 'a'), masked(CONTINUED, 'b'), masked(0, 'c')],
    ['text ab', 'close 1002'],
  ],
  ['5.18 a text within a text', [masked(0x01, 'a'), masked(TEXT, 'b')], ['close 1002']],
  ['bytes within a text', [masked(0x01, 'a'), masked(BINARY, 'b')], ['close 1002']],
  ['no mask', [Buffer.from([TEXT, 1, 0x61])], ['close 1002']],
  ['a close without a mask', [Buffer.from([CLOSE, 0])], ['close 1002']],
  ['a length of 2^63', [Buffer.concat([header(TEXT, 2n ** 63n, 0x80, 64), Buffer.alloc(4)])], ['close 1002']],
  ['a length of 2^53', [Buffer.concat([header(TEXT, 2n ** 53n, 0x80, 64), Buffer.alloc(4)])], ['close 1009']],
  ['a length above the limit', [masked(TEXT, '', 200_001)], ['close 1009']],
  ['fragments above the limit', [masked(0x01, 'a'), masked(0, '', 200_000)], ['close 1009']],
  ...[
    ['a byte alone', [0xff]],
    ['6.3 an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['beyond the last character', [0xf4, 0x90, 0x80, 0x80]],
    ['an end that is missing', [0xce, 0xba, 0xe1, 0xbd]],
  ].map(
    ([title, bytes]): Case => [`6 ${String(title)}`, [masked(TEXT, Buffer.from(bytes as number[]))], ['close 1007']],
  ),
  [
    '6.4 not UTF-8 over fragments',
    [masked(0x01, Buffer.from([0xf4])), masked(CONTINUED, Buffer.from([0x90, 0x80, 0x80]))],
    ['close 1007'],
  ],
  ['7.3.2 a close of one byte', [masked(CLOSE, 'a')], ['close 1002']],
  ['7.3.6 a reason of 124', [code(1000, 'x'.repeat(124))], ['close 1002']],
  ['7.5.1 a reason that is not UTF-8', [code(1000, Buffer.from([0xce, 0xff]))], ['close 1007']],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map(
    (number): Case => [`7.9 the code ${number}`, [code(number)], ['close 1002']],
  ),
]

describe.each(TRANSPORTS)('over %s', (transport, url) => {
  async function answerTo(pieces: readonly Buffer[]): Promise<string[]> {
    const { socket, talk } = await openRaw(url, '/echo')
    for (const piece of pieces) if (socket.writable) socket.write(piece)
    const { frames } = await talk()
    socket.destroy()
    return said(frames)
  }

  it.concurrent.each([...WHOLE, ...BROKEN])('%s', async (_, frames, answer) => {
    const all = Buffer.concat(frames)
    expect(await answerTo([all])).toEqual(answer)
    // Byte by byte, as one write each: TCP may join them, and the reader must not care.
    if (transport === 'TCP') expect(await answerTo([...all].map((byte) => Buffer.from([byte])))).toEqual(answer)
  })

  it.concurrent.each(BROKEN.filter(([, frames]) => Buffer.concat(frames).length < 40))(
    '%s, cut at every byte, ends or waits, and costs no other connection',
    async (_, frames) => {
      const all = Buffer.concat(frames)
      const neighbour = await openRaw(url, '/echo')
      await Promise.all(
        Array.from({ length: all.length }, async (_each, cut) => {
          const { socket, talk } = await openRaw(url, '/echo')
          socket.end(all.subarray(0, cut))
          const words = said((await talk()).frames)
          expect(words.filter((word) => word.startsWith('close')).length).toBeLessThanOrEqual(1)
        }),
      )
      neighbour.socket.write(Buffer.concat([masked(TEXT, 'fine'), BYE]))
      expect(said((await neighbour.talk()).frames)).toEqual(['text fine', 'close 1000'])
    },
  )

  it('large messages, whole and in fragments', async () => {
    const text = 'é'.repeat(60_000)
    const bytes = Buffer.from(text)
    const fragments = Array.from({ length: 120 }, (_, i) =>
      masked(i === 0 ? 0x01 : i === 119 ? CONTINUED : 0, bytes.subarray(i * 1000, (i + 1) * 1000)),
    )
    expect(await answerTo([masked(TEXT, text), ...fragments, BYE])).toEqual([
      `text ${text}`,
      `text ${text}`,
      'close 1000',
    ])
  })
})
