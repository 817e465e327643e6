/**
 * What may stand between a chunk-size and its CRLF (RFC 9112 §7.1.1):
 *   chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), chunk-ext-val = token / quoted-string
 * A table of states over classes of bytes. Extensions are checked and dropped.
 */
import { BACKSLASH, CR, DQUOTE, EQUALS, HTAB, QDTEXT, SEMICOLON, SP, TCHAR } from './grammar.ts'

/** The place of the next byte in a chunk-ext. `end`: the CR was taken. */
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
 * The move for each kind of byte; no entry: the byte is not allowed there. `before-semicolon` is after blanks that
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

/** @returns the next state; `undefined` if the byte is not allowed there. */
export function nextExtensionState(state: ExtensionState, byte: number): ExtensionState | undefined {
  if (state === 'quoted') return insideQuotes(byte)
  // RFC 9110 §5.6.4: quoted-pair = "\" ( HTAB / SP / VCHAR / obs-text )
  if (state === 'escaped') {
    return QDTEXT[byte] === 1 || byte === DQUOTE || byte === BACKSLASH ? 'quoted' : undefined
  }
  return MOVES[state][octetKind(byte)]
}

function insideQuotes(byte: number): ExtensionState | undefined {
  if (byte === DQUOTE) return 'after-value'
  if (byte === BACKSLASH) return 'escaped'
  return QDTEXT[byte] === 1 ? 'quoted' : undefined
}

function octetKind(byte: number): OctetKind {
  if (TCHAR[byte] === 1) return 'tchar'
  if (byte === SP || byte === HTAB) return 'blank'
  if (byte === SEMICOLON) return 'semicolon'
  if (byte === EQUALS) return 'equals'
  if (byte === DQUOTE) return 'dquote'
  return byte === CR ? 'cr' : 'other'
}
