/** An error for programs: RFC 9457 problem details, as a Response. Sends nothing. */
import type { HeaderList } from '@tsgi/contract'
import { headersWith } from '../http/header-list.ts'
import { reasonOf } from '../http/status.ts'
import { jsonText } from './lost-data.ts'
import { Response } from './response.ts'

/** The members of RFC 9457 §3.1, and any of one's own (§3.2). */
export interface Problem {
  /** 400–599 as a rule. */
  readonly status: number
  /** Names the kind of problem: a URI. Without one it is `about:blank`, and `status` says it all (§4.2.1). */
  readonly type?: string | undefined
  /** What kind of problem, the same for each of its kind. Default: the phrase of the status. */
  readonly title?: string | undefined
  /** What is wrong this time, for a person. */
  readonly detail?: string | undefined
  /** Names this very occurrence: a URI. */
  readonly instance?: string | undefined
  readonly [extension: string]: unknown
}

/**
 * Problem details (RFC 9457) as a response, `application/problem+json`.
 * @throws TypeError for an extension that has no JSON form.
 * @example problem({ status: 409, detail: 'The name is taken', name: 'ada' })
 */
export function problem({ status, title, ...members }: Problem, headers: HeaderList = []): Response {
  const type = ['Content-Type', 'application/problem+json'] as const
  const body = jsonText({ status, title: title ?? (reasonOf(status) || undefined), ...members })
  return new Response(body, status, headersWith([type], headers))
}
