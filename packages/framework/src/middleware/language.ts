/**
 * The language of a request: what the user chose, else what the browser prefers. Knows tags; translations are the
 * application's.
 */
import type { Environ, Middleware } from '@tsgi/contract'
import { preferredLanguage } from '../http/accept.ts'
import { parseCookies } from '../http/cookies.ts'
import { first, parseFields } from '../http/fields.ts'
import { refuseUnknown } from '../option-names.ts'
import { type KeyedMiddleware, key } from '../request/key.ts'
import { keyed } from './keyed.ts'
import { hasHeader, varying, withHeaders } from './plain-response.ts'

/** Where a choice is looked for. */
export type LanguageSource = 'query' | 'cookie' | 'header'

/** Options of `language`. */
export interface LanguageOptions<Tag extends string> {
  /** Those that the application has; the first is the default. */
  readonly supported: readonly [Tag, ...Tag[]]
  /** In this order. @default query, cookie, header */
  readonly from?: readonly LanguageSource[]
  /** The name in the query and of the cookie. @default `lang` */
  readonly name?: string
}

const NAMES: ReadonlySet<string> = new Set<keyof LanguageOptions<string>>(['supported', 'from', 'name'])
const SOURCES: ReadonlySet<string> = new Set<LanguageSource>(['query', 'cookie', 'header'])

/**
 * Finds the language of each request, and says it as `Content-Language`. It is the key of the language too.
 * @throws TypeError for an option that cannot be.
 * @example
 * const locale = language({ supported: ['en', 'de', 'pt-BR'] })
 * get('/', (request) => greetings[request.get(locale)])
 */
export function language<const Tag extends string>(options: LanguageOptions<Tag>): KeyedMiddleware<Tag> {
  refuseUnknown('language', options, NAMES)
  const { supported, from = ['query', 'cookie', 'header'], name = 'lang' } = options
  const bad = supported.find((tag) => !/^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/.test(tag))
  if (supported.length === 0 || bad !== undefined)
    throw new TypeError(`language: ${JSON.stringify(bad)} is no tag of a language`)
  const strange = from.find((source) => !SOURCES.has(source))
  if (strange !== undefined) throw new TypeError(`language: no source ${strange}; there are ${[...SOURCES].join(', ')}`)
  const [byDefault] = supported
  const place = key<Tag>('framework.language', 'language()')
  const varies = from.flatMap((source) =>
    source === 'header' ? ['Accept-Language'] : source === 'cookie' ? ['Cookie'] : [],
  )
  const middleware: Middleware = (application) => (environ, startResponse) => {
    const chosen = from.map((source) => chosenBy(source, environ, name, supported)).find((tag) => tag !== undefined)
    const tag = chosen ?? byDefault
    place.set(environ, tag)
    return application(
      environ,
      withHeaders(startResponse, (headers) => {
        const said = hasHeader(headers, 'content-language') ? headers : [...headers, ['Content-Language', tag] as const]
        return varying(said, ...varies)
      }),
    )
  }
  return keyed(middleware, place)
}

function chosenBy<Tag extends string>(
  source: LanguageSource,
  environ: Environ,
  name: string,
  supported: readonly Tag[],
): Tag | undefined {
  if (source === 'header') {
    return environ.HTTP_ACCEPT_LANGUAGE === undefined
      ? undefined
      : preferredLanguage(environ.HTTP_ACCEPT_LANGUAGE, supported)
  }
  const chosen = choiceIn(source, environ, name)
  return supported.find((tag) => tag.toLowerCase() === chosen?.toLowerCase())
}

/** Where there are too many fields or cookies the application says so; the language is the default then. */
function choiceIn(source: 'query' | 'cookie', environ: Environ, name: string): string | undefined {
  try {
    if (source === 'cookie') return parseCookies(environ.HTTP_COOKIE)[name]
    return first(parseFields(environ.QUERY_STRING)[name])
  } catch {
    return undefined
  }
}
