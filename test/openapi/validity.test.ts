/** Documents of many applications, valid by two public validators, in both versions; and the same at each call. */
import { join } from 'node:path'
import { Application } from '@tsgi/framework'
import { openapi } from '@tsgi/framework/openapi'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/command.ts'
import { KINDS } from './applications.ts'
import { findings, HAS_TOOLS, SKIPPED } from './tools.ts'

const INFO = { title: 'Test', version: '1.0.0' }
const VERSIONS = ['3.1', '3.2'] as const

const { makeRoutes: _, ...graduation } = (await import(join(ROOT, 'examples/graduation/app.ts'))) as Record<
  string,
  unknown
>
const EXAMPLES = [
  ['examples/graduation', Object.values(graduation).find((value) => value instanceof Application)],
] as const

describe.skipIf(!HAS_TOOLS)(`a document${SKIPPED}`, () => {
  it.each([...KINDS, ...EXAMPLES])('of %s is valid', async (_, application) => {
    if (!(application instanceof Application)) throw new Error('no application')
    for (const version of VERSIONS) {
      const document = openapi(application, INFO, { version })
      expect(await findings(document)).toEqual([])
      expect(JSON.stringify(openapi(application, INFO, { version }))).toBe(JSON.stringify(document))
    }
  })
})
