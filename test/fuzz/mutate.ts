/** Small harm to a stream of octets: the kinds that parsers are known to fall for. */
import type { Random } from './random.ts'

/** Fragments that mean something somewhere in a message. */
const FRAGMENTS = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '\n\n',
  ' ',
  '\t',
  '\0',
  ':',
  ';',
  ',',
  '0',
  '0\r\n\r\n',
  '+',
  '-',
  '0x',
  '\x0b',
  '\x85',
  '\xa0',
  '\xff',
  '"',
  '\\',
  '#',
  '%',
  '%00',
  '_',
  'Content-Length: 3\r\n',
  'Content-Length: 0\r\n',
  'Content-Length: 18446744073709551619\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
  'Host: b.test\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: h2c\r\n',
  ' folded\r\n',
  'HTTP/1.0',
  'HTTP/1.1',
  'HTTP/2.0',
  'GET / HTTP/1.1\r\nHost: c.test\r\n\r\n',
  'HEAD ',
  'CONNECT ',
  '*',
  'http://d.test/',
  ';a=b',
  ';a="',
  'ffffffffffffffff',
  '3\r\nabc\r\n',
]

export function mutate(random: Random, octets: string): string {
  let mutant = octets
  for (let left = 1 + random.below(3); left > 0; left--) mutant = mutateOnce(random, mutant)
  return mutant
}

function mutateOnce(random: Random, octets: string): string {
  const at = random.below(octets.length + 1)
  const length = 1 + random.below(random.chance(80) ? 4 : 40)
  const [before, after] = [octets.slice(0, at), octets.slice(at)]
  switch (random.below(7)) {
    case 0: // another octet
      return `${before}${String.fromCharCode(random.below(256))}${after.slice(1)}`
    case 1: // a flipped bit
      return `${before}${String.fromCharCode((after.charCodeAt(0) || 0) ^ (1 << random.below(8)))}${after.slice(1)}`
    case 2: // something missing
      return `${before}${after.slice(length)}`
    case 3: // something twice
      return `${before}${after.slice(0, length)}${after}`
    case 4: // something in another place
      return `${before}${octets.slice(random.below(octets.length + 1)).slice(0, length)}${after}`
    case 5: // a line end of another kind
      return replaceOne(
        random,
        octets,
        '\r\n',
        random.pick(['\n', '\r', '\r\r\n', '\n\r', ' \r\n', '\r\n ', '\r\n\r\n', '']),
      )
    default:
      return `${before}${random.pick(FRAGMENTS)}${after.slice(random.chance(50) ? 0 : length)}`
  }
}

function replaceOne(random: Random, octets: string, what: string, by: string): string {
  const parts = octets.split(what)
  if (parts.length < 2) return octets
  const place = 1 + random.below(parts.length - 1)
  return `${parts.slice(0, place).join(what)}${by}${parts.slice(place).join(what)}`
}
