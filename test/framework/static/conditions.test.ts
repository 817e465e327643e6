import { environFor } from '@tsgi/contract/testing'
import { describe, expect, it } from 'vitest'
import { judgeConditions, mayServeRange } from '../../../packages/framework/src/static/conditions.ts'

const LAST_MODIFIED = Date.UTC(2026, 5, 15, 12) / 1000
const validators = { etag: '"now"', lastModified: LAST_MODIFIED }
const SAME = new Date(LAST_MODIFIED * 1000).toUTCString()
const EARLIER = new Date(LAST_MODIFIED * 1000 - 1000).toUTCString()
const LATER = new Date(LAST_MODIFIED * 1000 + 1000).toUTCString()

const match = 'If-Match'
const noneMatch = 'If-None-Match'
const since = 'If-Modified-Since'
const unmodified = 'If-Unmodified-Since'

describe('conditions, in the order of RFC 9110 §13.2.2', () => {
  it.each([
    ['no condition', {}, 'send'],
    ['1: If-Match is true', { [match]: '"now"' }, 'send'],
    ['1: If-Match: *', { [match]: '*' }, 'send'],
    ['1: If-Match is false', { [match]: '"old"' }, 'failed'],
    ['1: If-Match compares strongly (§13.1.1)', { [match]: 'W/"now"' }, 'failed'],
    ['1: If-Match goes before If-Unmodified-Since', { [match]: '"now"', [unmodified]: EARLIER }, 'send'],
    ['1: If-Match is false, so If-None-Match is not asked', { [match]: '"old"', [noneMatch]: '"now"' }, 'failed'],
    ['2: If-Unmodified-Since is true', { [unmodified]: SAME }, 'send'],
    ['2: If-Unmodified-Since is false', { [unmodified]: EARLIER }, 'failed'],
    ['2: If-Unmodified-Since is no date (§13.1.4)', { [unmodified]: 'yesterday' }, 'send'],
    ['2, 3: true, and the client has it', { [unmodified]: SAME, [noneMatch]: '"now"' }, 'unchanged'],
    ['3: If-None-Match is false', { [noneMatch]: '"old", "now"' }, 'unchanged'],
    ['3: If-None-Match: *', { [noneMatch]: '*' }, 'unchanged'],
    ['3: If-None-Match compares weakly (§13.1.2)', { [noneMatch]: 'W/"now"' }, 'unchanged'],
    ['3: If-None-Match is true', { [noneMatch]: '"old"' }, 'send'],
    ['3: If-None-Match goes before If-Modified-Since', { [noneMatch]: '"old"', [since]: LATER }, 'send'],
    ['4: If-Modified-Since, the same second', { [since]: SAME }, 'unchanged'],
    ['4: If-Modified-Since, later', { [since]: LATER }, 'unchanged'],
    ['4: If-Modified-Since, earlier', { [since]: EARLIER }, 'send'],
    ['4: If-Modified-Since is no date (§13.1.3)', { [since]: '2030-01-01' }, 'send'],
    ['4: If-Modified-Since with two dates (§13.1.3)', { [since]: `${LATER}, ${LATER}` }, 'send'],
  ])('%s', (_, headers, verdict) => {
    expect(judgeConditions(environFor('/', { headers }), validators)).toBe(verdict)
  })
})

describe('If-Range (RFC 9110 §13.1.5)', () => {
  it.each([
    ['none', {}, true],
    ['the strong tag', { 'If-Range': '"now"' }, true],
    ['another tag', { 'If-Range': '"old"' }, false],
    ['the tag, but weak', { 'If-Range': 'W/"now"' }, false],
    ['a list of tags', { 'If-Range': '"old", "now"' }, false],
    ['*', { 'If-Range': '*' }, false],
    ['the exact date', { 'If-Range': SAME }, true],
    ['an earlier date', { 'If-Range': EARLIER }, false],
    ['a later date', { 'If-Range': LATER }, false],
    ['no date', { 'If-Range': 'now' }, false],
  ])('%s', (_, headers, verdict) => {
    expect(mayServeRange(environFor('/', { headers }), validators)).toBe(verdict)
  })
})
