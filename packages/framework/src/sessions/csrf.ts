/**
 * Tokens of forms against requests of other sites (CSRF), for sites whose users have browsers that send neither
 * `Sec-Fetch-Site` nor `Origin`; `crossOriginProtection` does without tokens. Each session has one token.
 */
import type { Environ, Middleware } from '@tsgi/contract'
import { first } from '../http/fields.ts'
import { parseMediaType } from '../http/media-type.ts'
import { refuse } from '../middleware/plain-response.ts'
import type { Key } from '../request/key.ts'
import { Request } from '../request/request.ts'
import { type Markup, markup } from '../response/markup.ts'
import { keepLife } from '../routing/application-life.ts'
import type { Session } from './session.ts'

/**
 * The hidden field of a form. @param session `request.get(session)`.
 * @example markup`<form method="post">${csrfField(request.get(session))} …</form>`
 */
export function csrfField(session: Pick<Session<unknown>, 'formToken'>): Markup {
  return markup`<input type="hidden" name="${FIELD}" value="${session.formToken}">`
}

/**
 * Refuses requests that may change something, with 403, unless they carry the token of their session: in the field of
 * `csrfField`, or in `X-CSRF-Token`. It goes inside of the sessions: `middleware: [session, csrfForms(session)]`.
 * @param session the middleware that `sessions()` gave.
 */
export function csrfForms<Data>(session: Pick<Key<Session<Data>>, 'get'>): Middleware {
  return keepLife((application) => async (environ, startResponse) => {
    if (SAFE.has(environ.REQUEST_METHOD)) return application(environ, startResponse)
    const given = environ.HTTP_X_CSRF_TOKEN ?? (await fieldOf(environ))
    if (given !== undefined && isSame(given, session.get(environ).formToken)) return application(environ, startResponse)
    return refuse(
      startResponse,
      '403 Forbidden',
      'The form is not of this session. Load it again, and send it once more.',
    )
  })
}

const FIELD = '_csrf'
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY'])
const FORMS: ReadonlySet<string> = new Set(['application/x-www-form-urlencoded', 'multipart/form-data'])

/** What cannot be read has no token. */
async function fieldOf(environ: Environ): Promise<string | undefined> {
  if (!FORMS.has(parseMediaType(environ.CONTENT_TYPE)?.type ?? '')) return undefined
  try {
    return first((await new Request(environ).form()).fields[FIELD])
  } catch {
    return undefined
  }
}

/** In the same time, wherever they differ. */
function isSame(given: string, wanted: string): boolean {
  let difference = given.length ^ wanted.length
  for (let i = 0; i < wanted.length; i++) difference |= given.charCodeAt(i) ^ wanted.charCodeAt(i)
  return difference === 0
}
