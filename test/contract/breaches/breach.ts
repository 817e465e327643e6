/**
 * What a case of a breach is, and a server without any judgement to provoke it with: one that checked for itself would
 * hide what the validator misses.
 */
import {
  type Application,
  type Body,
  type ClauseId,
  ContractError,
  type Environ,
  type Party,
  type StartResponse,
  type ValidateOptions,
  validate,
} from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import { expect, test } from 'vitest'

export interface BreachCase {
  readonly clause: ClauseId
  readonly by: Party
  /** Completes "finds …". */
  readonly title: string
  /** Only found with the option `strict`. */
  readonly strict?: true
  /** Breaks the clause between this validator and whatever it wraps; throws or rejects with the ContractError. */
  readonly provoke: (check: typeof validate) => unknown
}

/** One test for each case, by its title. */
export function testBreaches(cases: readonly BreachCase[]): void {
  test.each(cases)('$clause: finds $title', async ({ clause, by, strict, provoke }) => {
    const error = await caught(provoke, strict === true)
    expect(error).toBeInstanceOf(ContractError)
    expect(error).toMatchObject({ clause, party: by, message: expect.stringMatching(ONE_LINE) })
  })
  test.each(cases.filter(({ strict }) => strict))('$clause: lets pass, if not strict, $title', async ({ provoke }) => {
    expect(await caught(provoke, false)).toBeUndefined()
  })
}

const ONE_LINE = /^C\d+: [\x20-\x7e§]+$/

async function caught(provoke: BreachCase['provoke'], strict: boolean): Promise<unknown> {
  const check = (application: Application, options?: ValidateOptions) => validate(application, { ...options, strict })
  try {
    await provoke(check)
    return undefined
  } catch (error) {
    return error
  }
}

/** What the types forbid and JavaScript does not. */
export function wrong(value: unknown): never {
  return value as never // the purpose of these tests
}

/** `startResponse` of a server without judgement. */
export const acceptAll: StartResponse = () => async () => {}

/** Sends a response nowhere, correctly. */
export async function serveNaively(application: Application, environ: Environ = environFor('/')): Promise<void> {
  await drain(await application(environ, acceptAll))
}

export async function drain(body: Body): Promise<void> {
  if (typeof body === 'string' || body instanceof Uint8Array) return
  const iterator = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]()
  try {
    for (;;) if ((await iterator.next()).done) return
  } finally {
    await iterator.return?.()
    if (!Array.isArray(body)) await body.close?.()
  }
}

/** An application that answers `body` with 200 and a type. */
export function answering(body: unknown, headers: readonly [string, string][] = [TEXT]): Application {
  return (_environ, startResponse) => {
    startResponse('200 OK', headers)
    return wrong(body)
  }
}

export const TEXT: [string, string] = ['Content-Type', 'text/plain']
