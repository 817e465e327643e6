/**
 * Whether text is `uri-host [ ":" port ]` (RFC 9110 §7.2, RFC 3986 §3.2): the value of Host, the authority of a target.
 * User information is refused wherever an authority stands (RFC 9110 §4.2.4).
 */

/** True for a host with an optional port that an http URI may have; the host is never empty (RFC 9110 §4.2.1). */
export function isAuthority(text: string): boolean {
  const end = text.startsWith('[') ? text.indexOf(']') + 1 : endOfName(text)
  if (end <= 0) return false
  const host = text.slice(0, end)
  return isPort(text.slice(end)) && (host.startsWith('[') ? isIpv6(host.slice(1, -1)) : REG_NAME.test(host))
}

/** RFC 3986 §3.2.2: reg-name = *( unreserved / pct-encoded / sub-delims ); IPv4 addresses are reg-names to the eye. */
const REG_NAME = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/

function endOfName(text: string): number {
  const colon = text.indexOf(':')
  return colon === -1 ? text.length : colon
}

/** RFC 3986 §3.2.3: port = *DIGIT; we refuse what is no port of TCP. */
function isPort(text: string): boolean {
  return text === '' || (/^:[0-9]{0,5}$/.test(text) && Number(text.slice(1)) <= 65_535)
}

/** RFC 3986 §3.2.2: eight groups of h16, or fewer with one `::` for the rest; the last two may be an IPv4 address. */
function isIpv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.map(groupCount)
  if (groups.includes(-1)) return false
  const [front = 0, back = 0] = groups
  // The IPv4 tail is the end of the address, so it is not before the `::`.
  if (halves.length === 2 && (halves[0] ?? '').includes('.')) return false
  return halves.length === 2 ? front + back <= 7 : front === 8
}

/** How many 16-bit groups the text holds; -1 when it holds anything else. */
function groupCount(text: string): number {
  if (text === '') return 0
  const groups = text.split(':')
  const last = groups.at(-1) ?? ''
  const ipv4 = IPV4.test(last)
  const words = ipv4 ? groups.slice(0, -1) : groups
  return words.every((word) => /^[0-9A-Fa-f]{1,4}$/.test(word)) ? words.length + (ipv4 ? 2 : 0) : -1
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/
