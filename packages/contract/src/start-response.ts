/**
 * How an application begins its response. Types only: the server's side is `exchange/start-response`,
 * the checking side is `validator`.
 */
import type { Write } from './body.ts'

/**
 * Response headers in the order they are sent; a name may come several times (`Set-Cookie`). SPEC C57–C66.
 * Names are tokens (RFC 9110 §5.1), values are latin-1 text without control characters except HTAB (RFC 9110 §5.5).
 */
export type HeaderList = ReadonlyArray<readonly [name: string, value: string]>

/**
 * Begins the response (PEP 3333, "The start_response() Callable"; SPEC C47–C54). Nothing is sent yet: the head is sent with the first
 * non-empty chunk, or at the end.
 *
 * @param status three digits, a space, a reason phrase that may be empty: `'200 OK'`. Final statuses only (200–599; SPEC C55, C56).
 * @param headers no hop-by-hop header (SPEC C60); the server sends `Date` (C65).
 * @param error given when the response is started again because of an error. Without it (or with
 *   `null`) a second call throws; with
 *   it the first head is replaced, or, if the head is already sent, `error` is thrown.
 * @throws when status or headers break the contract.
 */
export type StartResponse = (status: string, headers: HeaderList, error?: unknown) => Write
