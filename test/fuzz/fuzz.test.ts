/**
 * Requests made from the grammar, whole and harmed: a bounded run of what `fuzz.ts` does for as long as one likes.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { octetByOctet } from '../wire/replay.ts'
import { disagreement, playToOurs } from './differential.ts'
import { FRONT_PROTOCOLS, frontCase } from './front-case.ts'
import { cutAnyhow, fuzzCase, NodeSide, wireCorpus } from './fuzz-case.ts'
import { generateRow } from './generate.ts'
import { Random } from './random.ts'

const node = new NodeSide()
afterAll(() => node.close())

describe('requests made from the grammar (RFC 9112)', () => {
  it('are read as what they were made from, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const random = new Random(seed)
        const row = generateRow(random)
        const octets = Buffer.from(row.map((request) => request.octets).join(''), 'latin1')
        const wanted = row.map(({ method, target, protocol, headers, body }) => {
          return { method, target, minor: protocol.slice(-1), headers, body }
        })
        const pieces = random.chance(30) ? octetByOctet(octets) : cutAnyhow(random, octets)
        const { asked, end } = await playToOurs(pieces)
        expect(asked).toEqual(wanted)
        expect(end).toBe('open')
      }),
      { numRuns: 400 },
    )
  })

  it("are read alike by Node's parser, where it takes them", async () => {
    let compared = 0
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const octets = Buffer.from(
          generateRow(new Random(seed))
            .map((request) => request.octets)
            .join(''),
          'latin1',
        )
        const theirs = await node.play(octets)
        compared += theirs.asked.length
        expect(disagreement(await playToOurs([octets]), theirs)).toBeUndefined()
      }),
      { numRuns: 200 },
    )
    // It is a test only if Node takes most of them.
    expect(compared).toBeGreaterThan(200)
  })
})

describe('the wire corpus', () => {
  it("is read alike by Node's parser, where it takes it, or differs as docs/http-differences.md lists", async () => {
    for (const stream of wireCorpus()) {
      const octets = Buffer.from(stream, 'latin1')
      expect(disagreement(await playToOurs([octets]), await node.play(octets)), stream).toBeUndefined()
    }
  })
})

describe('mutated streams', () => {
  it.each([1, 1_000_000, 2_000_000])(
    'crash nothing, and are judged alike however cut, and as llhttp does (seeds from %i)',
    async (first) => {
      for (let seed = first; seed < first + 800; seed++)
        expect(await fuzzCase(seed, node), `seed ${seed}`).toBeUndefined()
    },
  )
})

describe.each(FRONT_PROTOCOLS)('mutated streams of %s', (protocol) => {
  it('crash nothing, and are answered in that protocol or not at all', async () => {
    for (let seed = 1; seed <= 1500; seed++) expect(await frontCase(protocol, seed)).toBeUndefined()
  })
})

describe('the command', () => {
  const fuzz = (...words: string[]) =>
    spawnSync(process.execPath, [fileURLToPath(new URL('fuzz.ts', import.meta.url)), ...words], { encoding: 'utf8' })

  it('says how it is used, what is wrong with a word, and what it has done', () => {
    expect(fuzz('--help').stdout).toContain('--seconds N')
    const wrong = fuzz('--cases', 'many')
    expect([wrong.status, wrong.stderr]).toEqual([2, 'fuzz: --cases many: must be a whole number; see --help\n'])
    expect(fuzz('--cade', '3')).toMatchObject({ status: 2, stderr: expect.stringMatching(/^fuzz: .*--cade.*\n$/) })
    const run = fuzz('--cases', '3', '--seed', '7')
    expect(run.status).toBe(0)
    expect(run.stdout).toMatch(/^seed 7\n3 cases in [\d.]+ s, \d+ cases\/s, seed 7\n$/)
  })
})

describe('the comparison itself', () => {
  it('finds a header, a body and a number of requests that differ', async () => {
    const octets = Buffer.from('POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc')
    const [ours, theirs] = [await playToOurs([octets]), await node.play(octets)]
    expect(disagreement(ours, theirs)).toBeUndefined()
    const [asked] = theirs.asked
    if (asked === undefined) throw new Error('Node was not asked')
    expect(disagreement(ours, { asked: [{ ...asked, body: 'ab' }], refused: false })).toContain('request 0')
    expect(disagreement(ours, { asked: [{ ...asked, headers: {} }], refused: false })).toContain('request 0')
    expect(disagreement(ours, { asked: [asked, asked], refused: false })).toContain('llhttp saw 2')
    expect(disagreement(ours, { asked: [], refused: false })).toContain('ours saw 1')
  })
})
