import { describe, expect, it } from 'vitest'
import {
  FIELD_VALUE,
  HEX_VALUE,
  isDigits,
  isToken,
  listMembers,
  type OctetClass,
  QDTEXT,
  TARGET,
  TCHAR,
  trimOws,
} from '../../../packages/server/src/http1/grammar.ts'

/** The class written out again, octet by octet, from the RFC's numbers. */
const classes: [string, OctetClass, (octet: number, character: string) => boolean][] = [
  ['tchar (RFC 9110 §5.6.2)', TCHAR, (_, character) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(character)],
  ['request-target (RFC 9112 §3.2)', TARGET, (octet) => octet >= 0x21 && octet <= 0x7e && octet !== 0x23],
  ['field-value (RFC 9110 §5.5)', FIELD_VALUE, (octet) => octet === 9 || (octet >= 0x20 && octet !== 0x7f)],
  [
    'qdtext (RFC 9110 §5.6.4)',
    QDTEXT,
    (octet) => octet === 9 || (octet >= 0x20 && ![0x22, 0x5c, 0x7f].includes(octet)),
  ],
]

const octets = Array.from({ length: 256 }, (_, octet) => octet)

describe('octet classes', () => {
  it.each(classes)('%s holds exactly its octets', (_name, octetClass, isMember) => {
    const members = octets.filter((octet) => octetClass[octet] === 1)
    expect(members).toEqual(octets.filter((octet) => isMember(octet, String.fromCharCode(octet))))
  })

  it('HEXDIG has both cases and nothing else (RFC 5234 B.1)', () => {
    const digits = octets.filter((octet) => HEX_VALUE[octet] !== 255).map((octet) => String.fromCharCode(octet))
    expect(digits.join('')).toBe('0123456789ABCDEFabcdef')
    for (const digit of digits) expect(HEX_VALUE[digit.charCodeAt(0)]).toBe(Number.parseInt(digit, 16))
  })
})

describe('text', () => {
  it.each([
    ['GET', true],
    ["!#$%&'*+-.^_`|~09AZaz", true],
    ['', false],
    ['a b', false],
    ['a:', false],
    ['caf\xe9', false],
    ['\u212a', false],
    ['a\u0141', false],
  ])('isToken(%j) is %s', (text, expected) => expect(isToken(text)).toBe(expected))

  it.each([
    ['0', true],
    ['0123456789', true],
    ['', false],
    ['+1', false],
    ['1_0', false],
    ['0x1', false],
    ['1 ', false],
    ['\xb2', false],
    ['\u0661', false],
  ])('isDigits(%j) is %s', (text, expected) => expect(isDigits(text)).toBe(expected))

  it.each([
    [' \ta b\t ', 'a b'],
    ['\xa0a\xa0', '\xa0a\xa0'],
    ['\x85a\u2028', '\x85a\u2028'],
    ['\x0ba\x0c', '\x0ba\x0c'],
    [' \t ', ''],
  ])('trimOws(%j) takes SP and HTAB only (RFC 9110 §5.6.3)', (text, expected) => expect(trimOws(text)).toBe(expected))

  it('listMembers keeps empty members for the caller to judge (RFC 9110 §5.6.1)', () => {
    expect(listMembers('a ,\tb,, ')).toEqual(['a', 'b', '', ''])
  })
})
