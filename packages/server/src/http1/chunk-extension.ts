/**
 * What may stand between a chunk-size and its CRLF (RFC 9112 §7.1.1):
 *   chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), chunk-ext-val = token / quoted-string
 * A table of states over classes of octets. Extensions are checked and dropped. Used by the chunked decoder.
 */
import { BACKSLASH, CR, DQUOTE, EQUALS, HTAB, QDTEXT, SEMICOLON, SP, TCHAR } from './grammar.ts'

/** Where in a chunk-ext the next octet stands. `end` has taken the CR. */
export type ExtensionState =
  | 'before-semicolon'
  | 'before-name'
  | 'name'
  | 'before-equals'
  | 'before-value'
  | 'token'
  | 'quoted'
  | 'escaped'
  | 'after-value'
  | 'end'

type OctetKind = 'blank' | 'semicolon' | 'equals' | 'dquote' | 'cr' | 'tchar' | 'other'

/**
 * The move for each kind of octet; no entry: the octet cannot stand there. `before-semicolon` is after blanks that
 * only a further extension may follow; `after-value` is where the line may end.
 */
const MOVES: Readonly<Record<ExtensionState, Partial<Record<OctetKind, ExtensionState>>>> = {
  'before-semicolon': { blank: 'before-semicolon', semicolon: 'before-name' },
  'before-name': { blank: 'before-name', tchar: 'name' },
  name: { tchar: 'name', blank: 'before-equals', equals: 'before-value', semicolon: 'before-name', cr: 'end' },
  'before-equals': { blank: 'before-equals', equals: 'before-value', semicolon: 'before-name' },
  'before-value': { blank: 'before-value', tchar: 'token', dquote: 'quoted' },
  token: { tchar: 'token', blank: 'before-semicolon', semicolon: 'before-name', cr: 'end' },
  quoted: {},
  escaped: {},
  'after-value': { blank: 'before-semicolon', semicolon: 'before-name', cr: 'end' },
  end: {},
}

/** @returns where the octet leads; `undefined` when it cannot stand there. */
export function nextExtensionState(state: ExtensionState, octet: number): ExtensionState | undefined {
  if (state === 'quoted') return insideQuotes(octet)
  // RFC 9110 §5.6.4: quoted-pair = "\" ( HTAB / SP / VCHAR / obs-text )
  if (state === 'escaped') {
    return QDTEXT[octet] === 1 || octet === DQUOTE || octet === BACKSLASH ? 'quoted' : undefined
  }
  return MOVES[state][octetKind(octet)]
}

function insideQuotes(octet: number): ExtensionState | undefined {
  if (octet === DQUOTE) return 'after-value'
  if (octet === BACKSLASH) return 'escaped'
  return QDTEXT[octet] === 1 ? 'quoted' : undefined
}

function octetKind(octet: number): OctetKind {
  if (TCHAR[octet] === 1) return 'tchar'
  if (octet === SP || octet === HTAB) return 'blank'
  if (octet === SEMICOLON) return 'semicolon'
  if (octet === EQUALS) return 'equals'
  if (octet === DQUOTE) return 'dquote'
  return octet === CR ? 'cr' : 'other'
}
