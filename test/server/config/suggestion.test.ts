import { describe, expect, it } from 'vitest'
import { nearest } from '../../../packages/server/src/config/suggestion.ts'

describe('nearest', () => {
  it.each([
    ['worker', ['workers', 'work-dir'], 'workers'],
    ['aplication', ['application', 'other'], 'application'],
    ['Application', ['application'], 'application'],
    ['xyz', ['application', 'workers'], undefined],
    ['anything', [], undefined],
  ])('%s among %j is %s', (word, candidates, meant) => {
    expect(nearest(word, candidates)).toBe(meant)
  })
})
