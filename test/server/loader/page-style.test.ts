/** The pages of the server and of the framework look alike, though neither imports the other. */
import { expect, it } from 'vitest'
import { PAGE_STYLE as FRAMEWORK_STYLE } from '../../../packages/framework/src/http/page-style.ts'
import { PAGE_STYLE } from '../../../packages/server/src/loader/page-style.ts'

it('is the style of the framework, rule by rule', () => {
  expect(PAGE_STYLE).toBe(FRAMEWORK_STYLE)
})
