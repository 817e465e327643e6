/** How `module:callable` is read. Loading itself is tested with the real command in test/process/serve. */
import { describe, expect, it } from 'vitest'
import { parseTarget } from '../../../packages/server/src/loader/load-export.ts'

describe('parseTarget', () => {
  it.each<[string, object]>([
    ['app.ts', { module: 'app.ts', names: ['application', 'app', 'default'], literals: undefined }],
    ['app.ts:site', { module: 'app.ts', names: ['site'], literals: undefined }],
    ['dir/app:api.v1', { module: 'dir/app', names: ['api.v1'], literals: undefined }],
    ['C:/app.ts', { module: 'C:/app.ts', names: ['application', 'app', 'default'], literals: undefined }],
    ['app.ts:make()', { module: 'app.ts', names: ['make'], literals: [] }],
    ['app.ts:make("a:b", 1, [true, null])', { module: 'app.ts', names: ['make'], literals: ['a:b', 1, [true, null]] }],
    ['app.ts:über', { module: 'app.ts', names: ['über'], literals: undefined }],
  ])('%s', (target, wanted) => {
    expect(parseTarget(target)).toEqual(wanted)
  })

  it.each(['', 'app.ts:make(', 'app.ts:make(x)', "app.ts:make('a')", 'app.ts:make(1', ':application'])(
    'refuses %j',
    (target) => {
      expect(() => parseTarget(target)).toThrow(/cannot read/)
    },
  )
})
