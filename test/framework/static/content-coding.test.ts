import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { preferredCodings } from '../../../packages/framework/src/static/content-coding.ts'

const names = (header: string | undefined): string =>
  preferredCodings(header)
    .map(({ name }) => name)
    .join(' ')

describe('Accept-Encoding (RFC 9110 §12.5.3)', () => {
  it.each([
    [undefined, ''],
    ['', ''],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br zstd gzip'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    ['gzip;q=0', ''],
    ['gzip;q=0.000', ''],
    ['gzip;q=0.5, br;q=0.2', 'gzip br'],
    ['gzip ; q=1.000 ,br;q=0.999', 'gzip br'],
    ['*', 'br zstd gzip'],
    ['*;q=0.1, gzip', 'gzip br zstd'],
    ['*, br;q=0', 'zstd gzip'],
    ['identity', ''],
    ['identity, br', 'br'],
    ['identity;q=0.5, br;q=0.4, gzip;q=0.6', 'gzip'],
    ['identity;q=0', ''],
    ['gzip;q=2', ''],
    ['gzip;q=0.1234', ''],
    ['gzip;q=', ''],
    ['gzip;x=1', ''],
    ['gzip;Q=1', 'gzip'],
    ['br gzip', ''],
    [`${'a,'.repeat(64)}gzip`, ''],
  ])('%j gives %j', (header, expected) => {
    expect(names(header)).toBe(expected)
  })

  it('never throws, and gives each coding once at most', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[gzipbr*;q=0-9., ]*$/)), (header) => {
        const given = preferredCodings(header)
        expect(new Set(given).size).toBe(given.length)
      }),
    )
  })

  it.each([',', ' ', ';', 'a', 'gzip;', ' ;', '\t', 'q=0'])('takes time in proportion to 4 MiB of %j', (part) => {
    expect(preferredCodings(part.repeat((4 * 1024 * 1024) / part.length))).toEqual([])
    expect(preferredCodings(`gzip${part.repeat((4 * 1024 * 1024) / part.length)}!`).length).toBeLessThan(4)
  })
})
