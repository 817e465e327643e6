/**
 * Which content codings a client takes (RFC 9110 §12.5.3), in the order it should get them. Knows no files.
 * Linear in the header's length, and bounded: codings after the 64th are not read.
 */

/** What may lie beside a file, best first. `suffix` is appended to the file's name. */
export const codings = [
  { name: 'br', suffix: '.br' },
  { name: 'zstd', suffix: '.zst' },
  { name: 'gzip', suffix: '.gz' },
] as const

export type Coding = (typeof codings)[number]

/**
 * The codings to try before the file as it is. A coding that the client likes less than `identity` is not among them.
 * Without the header the list is empty: such a client may not be able to decode.
 */
export function preferredCodings(header: string | undefined): readonly Coding[] {
  if (header === undefined || header === '') return []
  const weights = readWeights(header)
  const weightOf = (name: string): number => weights.get(name) ?? weights.get('*') ?? 0
  const identity = weights.get('identity') ?? 0
  return codings
    .filter(({ name }) => weightOf(name) > 0 && weightOf(name) >= identity)
    .sort((a, b) => weightOf(b.name) - weightOf(a.name))
}

/** Whether the client rules the plain form out: `identity;q=0`, or `*;q=0` without a word on identity. */
export function refusesIdentity(header: string | undefined): boolean {
  if (header === undefined) return false
  const weights = readWeights(header)
  return (weights.get('identity') ?? weights.get('*')) === 0
}

function readWeights(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  for (const element of header.split(',', MAX_ELEMENTS)) {
    const [, coding = '', weight = '1'] = ELEMENT.exec(element) ?? []
    const name = coding.toLowerCase()
    // x-gzip is gzip (RFC 9110 §8.4.1.3).
    if (name !== '') weights.set(name === 'x-gzip' ? 'gzip' : name, Number(weight))
  }
  return weights
}

const MAX_ELEMENTS = 64

// weight = OWS ";" OWS "q=" qvalue (RFC 9110 §12.4.2)
const ELEMENT = /^[\t ]*([\w!#$%&'*+.^`|~-]+)[\t ]*(?:;[\t ]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[\t ]*)?$/i
