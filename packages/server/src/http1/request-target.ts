/**
 * The four forms of a request target (RFC 9112 §3.2), and which of them a method may have.
 * The scanner has checked the bytes; this checks the form.
 */
import { isAuthority } from './authority.ts'
import { HttpError } from './errors.ts'

/**
 * @returns the authority of an absolute-form target, which replaces Host (RFC 9112 §3.2.2); `undefined` for the others.
 * @throws HttpError 400 for a target the method cannot have, 501 for CONNECT: there are no tunnels here.
 */
export function judgeTarget(method: string, target: string): string | undefined {
  if (method === 'CONNECT') throw connectRefusal(target)
  if (target.startsWith('/')) return undefined
  if (target === '*') {
    if (method === 'OPTIONS') return undefined
    throw new HttpError(400, 'the target * is for OPTIONS only') // RFC 9112 §3.2.4
  }
  return absoluteAuthority(target)
}

/** RFC 9112 §3.2.3: "authority-form … is only used for CONNECT". */
function connectRefusal(target: string): HttpError {
  return isAuthority(target) && target.includes(':')
    ? new HttpError(501, 'CONNECT is not implemented')
    : new HttpError(400, 'the target of CONNECT is not an authority')
}

/** RFC 9112 §3.2.2; only the http schemes have a meaning here (RFC 9110 §4.2), and none says anything of TLS. */
function absoluteAuthority(target: string): string {
  const scheme = /^https?:\/\//i.exec(target)?.[0]
  if (scheme === undefined) throw new HttpError(400, 'the target is neither a path nor an http URI')
  const end = target.slice(scheme.length).search(/[/?]/)
  const authority = end === -1 ? target.slice(scheme.length) : target.slice(scheme.length, scheme.length + end)
  if (!isAuthority(authority)) throw new HttpError(400, 'the target has no valid host')
  return authority
}
