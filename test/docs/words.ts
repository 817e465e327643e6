/** The words and names of the house, as checks on text: which words are banned, which constants lack a unit. Reads no file. */

/** Words that have a plainer one in docs/glossary.md. `answer` and `guest` are left: as verbs and names of options they stay. */
const BANNED: readonly RegExp[] = [
  /\b(?:whoever|nobody|somebody)\b/i,
  /\banew\b/i,
  /\bin vain\b/i,
  /\b(?:is|are) none\b/i,
  /\bof its own accord\b/i,
  /\btold\b/i,
  /\bdoor(?:s|way|keeper)?\b/i,
  /\boctets?\b(?!-stream)/i,
  /\bmend(?:s|ed|ing)?\b/i,
  /\bkin\b/i,
  /\bat home\b/i,
]

/** Lines that quote a grammar of an RFC may say OCTET. */
const QUOTES_A_GRAMMAR = /\*OCTET|OCTET\s*=|"[^"]*octets[^"]*" \(RFC/

export interface Finding {
  readonly line: number
  readonly what: string
}

/** The banned words of a text, with their lines. */
export function findBannedWords(text: string): Finding[] {
  return text.split('\n').flatMap((content, index) => {
    if (QUOTES_A_GRAMMAR.test(content)) return []
    const words = BANNED.map((pattern) => pattern.exec(content)?.[0]).filter((word) => word !== undefined)
    return words.map((what) => ({ line: index + 1, what }))
  })
}

const CONSTANT =
  /^(?:export )?const ([A-Z][A-Z0-9_]*)(?:: number)? = ([-\d_.xa-fA-F*/+() <e]+?)(?: as const)?(?: *\/\/.*)?$/
const OF_TIME_OR_SIZE =
  /(?:^|_)(?:AGE|BLOCK|BUFFER|CHUNK|DEADLINE|DELAY|GRACE|IDLE|INTERVAL|LIMIT|OCTETS|PATIENCE|PAUSE|SIZE|SLAB|TICK|TIME|TIMEOUT|TTL|WAIT|WATER_?MARK|WINDOW|WITHIN)(?:_|$)/
const HAS_UNIT =
  /(?:^|_)(?:NS|US|MS|S|SECONDS|MINUTES|HOURS|DAYS|BYTES?|KIB|MIB|GIB|CHARS|CHARACTERS|BITS?|DIGITS|FDS?|PORT|CODE|MASK|SHIFT|PER_[A-Z_]+)$/
/** What is counted is its own unit: MAX_FIELDS, SCRAPES. */
const IS_COUNT = /^[A-Z0-9_]*[A-RT-Z]S$/
const IS_POWER_OF_TWO = /\b1024\b|2 \*\* [12]\d|<< [12]\d|\b(?:4096|8192|16_?384|65_?536|1_?048_?576)\b/

/** Numeric constants that are a time or a size and do not say in which unit, and bounds that are not called MAX_ or MIN_. */
export function findConstantsWithoutUnit(text: string): Finding[] {
  return text.split('\n').flatMap((content, index) => {
    const [, name = '', value = ''] = CONSTANT.exec(content) ?? []
    if (name === '') return []
    const finding = [{ line: index + 1, what: name }]
    if (/^(?:MOST|LEAST|LONGEST|SHORTEST|LARGEST|SMALLEST)_/.test(name)) return finding
    if (HAS_UNIT.test(name)) return []
    if (OF_TIME_OR_SIZE.test(name)) return finding
    return !IS_COUNT.test(name) && IS_POWER_OF_TWO.test(value) ? finding : []
  })
}
