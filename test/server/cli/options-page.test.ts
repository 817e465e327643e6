/** docs/server-options.md is made from the table of options; `UPDATE=1` writes it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { optionsPage } from '../../../packages/server/src/cli/help.ts'

const PAGE = 'docs/server-options.md'

it('is what docs/server-options.md says', () => {
  if (process.env.UPDATE === '1') writeFileSync(PAGE, optionsPage())
  expect(readFileSync(PAGE, 'utf8')).toBe(optionsPage())
})
